import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../provider/plugin/handler";
import { type Look, type Looker, looks } from "../status/look";
import { readCommits, type Repository } from "./commits";
import { readSecrets } from "./secrets";
import { hostsOf, type Snapshot, warningsOf } from "./snapshot";

/** How often Secrets are looked at, which change seldom, and a repository that couldn't be read: milliseconds. */
const SELDOM = 30_000;

/** How long an end waits for git at most, in milliseconds. */
const GRACE = 1000;

export interface FeedOptions {
  readonly looker: Pick<Looker, "look" | "cluster" | "stack">;
  readonly repositories: readonly Repository[];
  /** Milliseconds between two looks. @default as `npm run status -- --watch` */
  readonly every?: number;
}

/** What there is to see, kept current while somebody looks; without a page nothing is asked. */
export class Feed {
  snapshot: Snapshot;
  private readonly listeners = new Set<(snapshot: Snapshot) => void>();
  private looking: AbortController | undefined;
  /** When Secrets and commits are due next. */
  private readonly due = { secrets: 0, commits: 0 };
  /** What Flux had fetched when the commits were read. */
  private fetched: string | undefined;
  private reading: Promise<void> = Promise.resolve();
  /** Rejects with a bug, never with an outage. */
  readonly broken: Promise<never>;
  private fail: (error: unknown) => void = () => undefined;

  constructor(private readonly options: FeedOptions) {
    const { stack, cluster } = options.looker;
    this.snapshot = {
      ...{ stack: stack.name, cluster: cluster.server },
      ...{ warnings: [], hosts: [], secrets: {}, repositories: [] },
    };
    this.broken = new Promise<never>((_resolve, reject) => (this.fail = reject));
  }

  /** Tells each change until the function that it gives is called. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.listeners.add(listener);
    if (this.looking === undefined) {
      this.looking = new AbortController();
      this.run(this.looking.signal).catch(this.fail);
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.looking?.abort();
      this.looking = undefined;
    };
  }

  /** Ends what is at work, and waits a moment for git to take its credentials from the disk. */
  async stop(): Promise<void> {
    this.looking?.abort();
    await Promise.race([this.reading, sleep(GRACE, undefined, { ref: false })]);
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { looker, every } = this.options;
    for await (const found of looks(() => looker.look(), signal, every)) {
      if (signal.aborted) return;
      if ("outage" in found) {
        const { since, error } = found.outage;
        this.tell({ outage: { since, words: error.message } });
        continue;
      }
      const { status, flux, outputs } = found.look;
      this.tell({
        ...{ at: Date.now(), outage: undefined, status },
        ...{ warnings: warningsOf(flux), hosts: hostsOf(outputs) },
      });
      // A slow git host holds nothing up.
      if (Date.now() >= this.due.commits)
        this.reading = this.lookAtCommits(found.look, signal).catch(this.fail);
      await this.lookAtSecrets(found.look);
    }
  }

  private async lookAtSecrets({ flux }: Look): Promise<void> {
    if (Date.now() < this.due.secrets) return;
    this.due.secrets = Date.now() + SELDOM;
    try {
      this.tell({ secrets: { value: await readSecrets(this.options.looker.cluster, flux) } });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.tell({ secrets: { fault: error.message } });
    }
  }

  /** When Flux has fetched something else than before, there is something new to be read. */
  private async lookAtCommits({ status }: Look, signal: AbortSignal): Promise<void> {
    const fetched = JSON.stringify([
      status.sources.map(({ revision }) => revision),
      status.commits.map(({ pushed }) => pushed),
    ]);
    if (fetched === this.fetched) return;
    this.due.commits = Infinity;
    let again = SELDOM;
    try {
      const repositories = await readCommits(this.options.repositories, signal);
      this.tell({ repositories });
      if (repositories.some(({ fault }) => fault !== undefined)) return;
      [this.fetched, again] = [fetched, 0];
    } catch (error) {
      again = 0;
      if (!signal.aborted) throw error;
    } finally {
      this.due.commits = Date.now() + again;
    }
  }

  private tell(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener(this.snapshot);
  }
}
