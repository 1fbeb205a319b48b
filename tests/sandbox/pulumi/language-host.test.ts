import { strict as assert } from "node:assert";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { parseOptions, programCommand, splitArguments } from "../../../tools/sandbox/pulumi/language-host";

describe("language host", () => {
  it("splits node's arguments as a shell does", () => {
    assert.deepEqual(splitArguments(`--require tsx/cjs  --title="a b" 'c d'`), [
      "--require",
      "tsx/cjs",
      "--title=a b",
      "c d",
    ]);
    assert.deepEqual(splitArguments(`"say \\"hi\\""`), ['say "hi"']);
    assert.deepEqual(splitArguments(""), []);
  });

  it("reads the runtime's options", () => {
    assert.deepEqual(parseOptions({}), { typescript: true, nodeargs: [], tsconfig: undefined });
    assert.deepEqual(parseOptions({ typescript: false, nodeargs: "--import tsx", packagemanager: "npm" }), {
      typescript: false,
      nodeargs: ["--import", "tsx"],
      tsconfig: undefined,
    });
    assert.throws(() => parseOptions({ typescript: "no" }), /'typescript' must be true or false/);
    assert.throws(() => parseOptions({ binary: "x" }), /doesn't know the runtime option 'binary'/);
  });

  it("builds the command that runs the program", () => {
    const info = new ProgramInfo();
    info.setRootDirectory("/project");
    info.setEntryPoint(".");
    info.setOptions(Struct.fromJavaScript({ typescript: false, nodeargs: "--require tsx/cjs" }));
    const request = new RunRequest();
    request.setInfo(info);
    request.setMonitorAddress("127.0.0.1:1");
    request.setProject("handoff");
    request.setStack("prod");
    request.setOrganization("organization");
    request.setPwd("/project");
    request.setParallel(16);
    request.setDryrun(true);
    request.getConfigMap().set("handoff:host", "cal.example.com");
    request.setConfigsecretkeysList(["handoff:token"]);
    const { args, env } = programCommand(request, "127.0.0.1:2", "/run");
    assert.equal(
      args.join(" "),
      "--require tsx/cjs /run --monitor 127.0.0.1:1 --engine 127.0.0.1:2 --organization organization --project " +
        "handoff --root-directory /project --stack prod --pwd /project --parallel 16 --dry-run .",
    );
    assert.deepEqual(env, {
      PULUMI_CONFIG: '{"handoff:host":"cal.example.com"}',
      PULUMI_CONFIG_SECRET_KEYS: '["handoff:token"]',
      PULUMI_NODEJS_TYPESCRIPT: "false",
    });
  });
});
