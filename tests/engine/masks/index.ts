/** The program of ../masks.test.ts: it fails with what it finds in its environment, as a vendor's plugin may. */
import * as pulumi from "@pulumi/pulumi";

throw new pulumi.RunError(`refused: Bearer ${process.env.VENDORS_WORDS ?? ""}`);
