import type { Readable, Writable } from "node:stream";
import type { Option } from "@clack/prompts";
import type { Finding } from "../doctor/check";
import { patiently } from "../text/patience";
import { type Asker, Stopped } from "./asker";
import { readText } from "./given";
import type { Question } from "./questions";
import { UserError } from "../../provider/plugin/handler";

/** Asks at a terminal. What is secret isn't shown. */
export async function terminal(
  input: Readable = process.stdin,
  output: Writable = process.stdout,
): Promise<Asker> {
  const clack = await import("@clack/prompts");
  const io = { input, output, withGuide: false };
  const answered = <T>(value: T): Exclude<T, symbol> => {
    if (clack.isCancel(value)) throw new Stopped();
    return value as Exclude<T, symbol>;
  };
  const checked =
    (accept: (text: string) => string | undefined) =>
    (text = ""): string | undefined =>
      accept(text);

  const line: Asker["line"] = async (message, accept, { initial, example } = {}) =>
    answered(
      await clack.text({
        ...io,
        message,
        ...(initial !== undefined && { initialValue: initial }),
        ...(example !== undefined && { placeholder: example }),
        validate: checked(accept),
      }),
    );

  return {
    line,
    ask: async (question, accept) => {
      const message = messageOf(question);
      const { kind, options, fallback, example, optional, name } = question;
      if (kind === "secret") {
        answered(await clack.password({ ...io, message, validate: checked(accept), clearOnError: true }));
      } else if (kind === "key") {
        const byFile = (path: string): string | undefined =>
          path.trim() === "" && optional ? accept("") : fromFile(path.trim(), name, accept);
        await line(`${message} Path of its file:`, byFile, { example: "~/.ssh/flux" });
      } else if (options !== undefined) {
        const all = options.map((value): Option<string> => ({ value, label: value }));
        accept(
          answered(
            await clack.select<string>({ ...io, message, options: all, initialValue: fallback ?? example }),
          ),
        );
      } else await line(message, accept, fallback === undefined ? { example } : { initial: fallback });
    },
    choose: async (message, options) => {
      const value = answered(await clack.select<string>({ ...io, message, options: [...options] }));
      return (options.find((one) => one.value === value) ?? options[0]).value;
    },
    // clack's spinner takes Ctrl-C to itself, and ends the process with status 0.
    during: async (message, work, until = "interrupted") => {
      const stopping = new AbortController();
      const interrupt = (): void => {
        stopping.abort();
      };
      process.on("SIGINT", interrupt);
      clack.log.step(`${message} …`, { output, withGuide: false });
      try {
        const ended = until === "interrupted" ? Promise.race([work, aborted(stopping.signal)]) : work;
        return await patiently(
          ended,
          () => message,
          (line) => {
            clack.log.message(line, { output, withGuide: false });
          },
        );
      } catch (error) {
        throw stopping.signal.aborted ? new Stopped() : error;
      } finally {
        process.off("SIGINT", interrupt);
        // What was left goes on until the process ends.
        work.catch(() => undefined);
      }
    },
    say: (text) => {
      clack.log.message(text, { output, withGuide: false });
    },
    show: (findings) => {
      for (const finding of findings) showFinding(finding);
    },
  };

  function showFinding({ verdict, text, fix }: Finding): void {
    const told = fix === undefined ? text : `${text}\n→ ${fix}`;
    const say = {
      ok: clack.log.success,
      warn: clack.log.warn,
      fail: clack.log.error,
      skipped: clack.log.info,
    };
    say[verdict](told, { output, withGuide: false });
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Stopped());
    });
  });
}

function messageOf({ name, about, optional }: Question): string {
  return `${name}: ${about}${optional ? " Empty: left out." : ""}`;
}

function fromFile(
  path: string,
  name: string,
  accept: (text: string) => string | undefined,
): string | undefined {
  try {
    return accept(readText(path, name));
  } catch (error) {
    if (error instanceof UserError) return error.message.replace(/^--/, "");
    throw error;
  }
}
