/** In CI properties try the same inputs in each run, so that only a change can fail it; elsewhere always new ones. */
import fc from "fast-check";

if (process.env.CI !== undefined) fc.configureGlobal({ seed: 20261128 });
