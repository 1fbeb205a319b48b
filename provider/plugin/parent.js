// Plain JavaScript, because a program needs it from its very start (register.js).
"use strict";

exports.endWithParent = (beforeExit = () => undefined) => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    beforeExit();
    setTimeout(() => process.exit(1), 1000);
  }, 500);
  timer.unref();
};
