import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A pull request as it is kept. */
export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** Branch that it comes from. */
  readonly head: string;
  /** Branch that it is for. */
  readonly base: string;
  readonly state: "open" | "closed";
  readonly merged: boolean;
}

/** The pull requests of a repository, in a file of its folder. */
export class PullRequests {
  private readonly file: string;

  constructor(bare: string) {
    this.file = join(bare, "pull-requests.json");
  }

  /** The newest first. */
  list(): readonly PullRequest[] {
    if (!existsSync(this.file)) return [];
    const all = JSON.parse(readFileSync(this.file, "utf8")) as PullRequest[];
    return all.sort((a, b) => b.number - a.number);
  }

  find(number: number): PullRequest | undefined {
    return this.list().find((request) => request.number === number);
  }

  add(request: Pick<PullRequest, "title" | "body" | "head" | "base">): PullRequest {
    const added = { ...request, number: this.list().length + 1, state: "open", merged: false } as const;
    this.save(added);
    return added;
  }

  save(request: PullRequest): void {
    const others = this.list().filter(({ number }) => number !== request.number);
    writeFileSync(this.file, `${JSON.stringify([...others, request], null, 2)}\n`);
  }
}
