// What `pulumi new typescript` makes, emptied: the engine, the language host, Pulumi's own SDK, and ts-node.
import "@pulumi/pulumi";
