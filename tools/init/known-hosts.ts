import { UserError } from "../../provider/plugin/handler";
import { hostName, knowsHost } from "../../stacks/settings/known-hosts";
import { patiently } from "../text/patience";
import { answer } from "./answer";
import type { Asker } from "./asker";
import type { Draft } from "./draft";
import { hostKeys, proven, publishedAt } from "./host-key";
import { optionOf } from "./given";
import type { Question } from "./questions";

/** Keys of the hosts that are reached by SSH: shown by the host, and taken when they are as the host publishes them. */
export class KnownHosts {
  private readonly lines = new Set<string>();

  /** @param fingerprints what the hosts publish, when it was given beforehand */
  constructor(
    private readonly draft: Draft,
    private readonly fingerprints: string | undefined,
    private readonly asker: Asker | undefined,
  ) {}

  /**
   * Answers the question for a host's keys by comparing them.
   * @returns false when there is nothing to compare with
   * @throws UserError when the host shows no key, or another one
   */
  async settle(question: Question): Promise<boolean> {
    const url = this.hostOf(question);
    if (url === undefined) return false;
    const known = [...this.lines].find((line) => knowsHost(line, url));
    if (known !== undefined) return answer(this.draft, question, known).length === 0;
    if (this.fingerprints !== undefined) {
      const keys = await patiently(hostKeys(url), () => `Asking ${hostName(url)} for its keys`);
      this.take(question, proven(keys, this.fingerprints, url));
      return true;
    }
    if (this.asker === undefined) {
      throw new UserError(
        `${question.name} isn't given: public keys of ${hostName(url)}\n` +
          `→ --host-key with the fingerprint that the host publishes; known_hosts lines by --${optionOf(question)}, or ` +
          `in the environment variable ${question.variable ?? "GIT_KNOWN_HOSTS"}\n→ The fingerprints: ${publishedAt(url)}`,
      );
    }
    return await this.compare(question, url, this.asker);
  }

  private async compare(question: Question, url: URL, asker: Asker): Promise<boolean> {
    const keys = await asker
      .during(`Asking ${hostName(url)} for its keys`, hostKeys(url))
      .catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        asker.show([{ verdict: "fail", text: error.message }]);
        return [];
      });
    if (keys.length === 0) return false;
    const shown = keys.map(({ type, fingerprint }) => `  ${fingerprint} (${type})`);
    asker.say(
      [
        `${hostName(url)} shows these keys:`,
        ...shown,
        "Compare with what the host publishes:",
        `  ${publishedAt(url)}`,
      ].join("\n"),
    );
    let lines = "";
    await asker.line(`${question.name}: a fingerprint, copied from there`, (text) => {
      try {
        lines = proven(keys, text, url);
        return undefined;
      } catch (error) {
        if (error instanceof UserError) return error.message;
        throw error;
      }
    });
    this.take(question, lines);
    return true;
  }

  private take(question: Question, lines: string): void {
    this.lines.add(lines);
    answer(this.draft, question, lines);
  }

  /** Whom the keys are of: the repository's host, or the one by which Flux reads with a key of its own. */
  private hostOf({ path: [repository = "", ...steps] }: Question): URL | undefined {
    const own = steps[0] === "deployKey" ? this.draft.at([repository, "deployKey", "url"]) : undefined;
    const text = own ?? this.draft.at([repository, "url"]);
    if (typeof text !== "string" || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    // At the usual port, as `deployKey` has it.
    return url.protocol === "ssh:" ? url : new URL(`ssh://git@${url.hostname}`);
  }
}
