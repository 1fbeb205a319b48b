import { UserError } from "../../provider/plugin/handler";
import type { Finding } from "../doctor/check";
import { patiently } from "../text/patience";
import { answer, follow } from "./answer";
import type { Asker } from "./asker";
import type { Draft } from "./draft";
import type { Given } from "./given";
import { KnownHosts } from "./known-hosts";
import { lookAt, lookAtWhole } from "./looks";
import { type Question, questionsOf } from "./questions";

/** What the flow asks of the world; tests have one that answers. */
export interface Looks {
  readonly block: (draft: Draft, block: string) => Promise<readonly Finding[]>;
  readonly whole: (draft: Draft) => Promise<readonly Finding[]>;
}

const LOOKS: Looks = { block: lookAt, whole: lookAtWhole };

/**
 * Fills a draft in: each question by what was given, else by whoever answers, else by what is usual; and looks after each
 * block of settings whether it holds. Without somebody who answers, it goes through all of them first.
 * @throws UserError with all that is missing or wrong
 */
export async function fillIn(draft: Draft, given: Given, asker?: Asker, looks = LOOKS): Promise<void> {
  await new Flow(draft, given, asker, given.has("offline") ? undefined : looks).run();
}

class Flow {
  private readonly faults: string[] = [];
  /** Whose last answers have faults: a look would only tell the same. */
  private readonly faulty = new Set<string>();
  private readonly answered = new Set<string>();
  private readonly hosts: KnownHosts;

  constructor(
    private readonly draft: Draft,
    private readonly given: Given,
    private readonly asker: Asker | undefined,
    private readonly looks: Looks | undefined,
  ) {
    this.hosts = new KnownHosts(draft, given.option("host-key"), asker);
  }

  async run(): Promise<void> {
    let block: string | undefined;
    for (;;) {
      // An answer may bring further questions.
      const question = questionsOf(this.draft).find(({ name }) => !this.answered.has(name));
      const next = question?.path[0];
      if (block !== undefined && next !== block && !(await this.holds(block))) continue;
      if (question === undefined) break;
      block = next;
      await this.settle(question);
      this.answered.add(question.name);
    }
    this.faults.push(...this.given.unknown());
    if (this.faults.length === 0) this.faults.push(...this.draft.faults());
    if (this.faults.length > 0) throw new UserError(told(this.faults));
    if (this.looks === undefined) return;
    await this.judge("The whole", await this.during("Looking at all of it", this.looks.whole(this.draft)));
    if (this.faults.length > 0) throw new UserError(told(this.faults));
  }

  private async settle(question: Question): Promise<void> {
    try {
      await this.answer(question);
    } catch (error) {
      if (!(error instanceof UserError) || this.asker !== undefined) throw error;
      this.fault(question, error.message);
    }
  }

  private async answer(question: Question): Promise<void> {
    const given = this.answered.has(`asked again ${question.path[0] ?? ""}`)
      ? undefined
      : this.given.answerTo(question);
    if (given !== undefined) {
      const { text, fromVariable } = given;
      const refers = fromVariable && this.given.has("references") && !isPlain(question);
      if (isSecret(question)) this.draft.hide(text);
      if (refers) follow(this.draft, question, text);
      const faults = refers ? this.draft.faults(question.path) : answer(this.draft, question, text);
      if (faults.length === 0) return;
      if (this.asker === undefined) {
        for (const fault of faults) this.fault(question, fault);
        return;
      }
      this.asker.show(faults.map((text) => ({ verdict: "fail", text })));
    }
    if (question.kind === "known-hosts" && this.looks !== undefined && (await this.hosts.settle(question)))
      return;
    if (this.asker !== undefined) {
      const accept = (text: string): string | undefined => {
        const faults = answer(this.draft, question, text);
        return faults.length === 0 ? undefined : faults.join("\n");
      };
      await this.asker.ask(question, accept);
    } else if (question.fallback !== undefined) answer(this.draft, question, question.fallback);
    else if (question.optional) this.draft.remove(question.path);
    else this.fault(question, missing(question, this.given.waysOf(question)));
  }

  /** @returns false when its questions are to be asked again */
  private async holds(block: string): Promise<boolean> {
    if (this.looks === undefined || this.faulty.has(block)) return true;
    const wrong = this.asker === undefined ? [] : this.draft.faults([block]);
    const findings: readonly Finding[] =
      wrong.length > 0
        ? wrong.map((text) => ({ verdict: "fail", text }))
        : await this.during(`Looking at ${block}`, this.looks.block(this.draft, block));
    if (await this.judge(block, findings)) return true;
    for (const { name, path } of questionsOf(this.draft)) {
      if (path[0] === block) this.answered.delete(name);
    }
    this.answered.add(`asked again ${block}`);
    return false;
  }

  /** @returns false when somebody wants to answer again */
  private async judge(block: string, found: readonly Finding[]): Promise<boolean> {
    const findings = found.map((one) => ({ ...one, text: this.draft.mask(one.text) }));
    this.asker?.show(findings);
    const failed = findings.filter(({ verdict }) => verdict === "fail");
    if (failed.length === 0) return true;
    if (this.asker === undefined) {
      for (const { text, fix } of failed) this.faults.push(fix === undefined ? text : `${text}\n→ ${fix}`);
      return true;
    }
    return (
      (await this.asker.choose(`${block}: \`pulumi up\` would stop at this`, [
        { value: "again", label: "Answer again" },
        { value: "on", label: "Go on, and mend it before `pulumi up`" },
      ])) === "on"
    );
  }

  private async during<T>(message: string, work: Promise<T>): Promise<T> {
    return await (this.asker === undefined
      ? patiently(work, () => message)
      : this.asker.during(message, work));
  }

  private fault({ path }: Question, text: string): void {
    this.faults.push(text);
    this.faulty.add(path[0] ?? "");
  }
}

const isSecret = ({ kind }: Question): boolean => kind === "secret" || kind === "key";

/** Stands in the file as it was given. */
const isPlain = ({ kind }: Question): boolean => ["text", "number", "list", "pairs"].includes(kind);

function told(faults: readonly string[]): string {
  const count = faults.length === 1 ? "1 fault" : `${String(faults.length)} faults`;
  const lines = faults.map((fault) => `  ${fault.replaceAll("\n", "\n    ")}`);
  return [`Nothing was written: ${count}.`, ...lines].join("\n");
}

function missing({ name, about }: Question, ways: string): string {
  return `${name} isn't given: ${about}\n→ ${ways}`;
}
