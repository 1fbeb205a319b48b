// The least that a program costs: the engine, the language host and Pulumi's own SDK.
require("@pulumi/pulumi");
