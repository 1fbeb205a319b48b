/**
 * Ends this process soon after its parent is gone. The Pulumi engine ends its plugins itself, but not when it is
 * killed; `beforeExit` may then break off what is under way, since nobody is left to take the result.
 */
export function endWithParent(beforeExit: () => void = () => undefined): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    beforeExit();
    setTimeout(() => process.exit(1), 1000);
  }, 500);
  timer.unref();
}
