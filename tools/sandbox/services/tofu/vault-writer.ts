/** Brings the effects of a configuration that is never applied into the Vault stand-in. */
import { randomBytes } from "node:crypto";
import { type Effect, random } from "./effects";
import { TerraformFault } from "./types";

export class VaultWriter {
  /** @param address e.g. `http://127.0.0.1:8200` @param token of Vault, which may do it all */
  constructor(
    private readonly address: string,
    private readonly token: string,
  ) {}

  /**
   * Writes what isn't there yet.
   * @returns what was written, for people: paths and keys, no values
   * @throws TerraformFault in the words of a failed apply
   */
  async write(effects: readonly Effect[]): Promise<readonly string[]> {
    const written: string[] = [];
    for (const effect of effects) {
      if ("call" in effect) {
        const { status, errors } = await this.call(effect.call, effect.body);
        const isThere = effect.once === true && status === 400 && errors.includes("already in use");
        if (status >= 300 && !isThere) throw failed(effect.call, status, errors);
        if (!isThere) written.push(effect.call);
        continue;
      }
      const values = Object.entries(effect.keys).map(([key, value]) => [
        key,
        value === random ? randomBytes(24).toString("base64url") : value,
      ]);
      const data = Object.fromEntries(values) as Readonly<Record<string, string>>;
      const { status, errors } = await this.call(effect.secret, { data, options: { cas: 0 } });
      const isThere = status === 400 && errors.includes("check-and-set");
      if (status >= 300 && !isThere) throw failed(effect.secret, status, errors);
      if (!isThere) written.push(`${effect.secret} (${Object.keys(effect.keys).join(", ")})`);
    }
    return written;
  }

  private async call(path: string, body: object): Promise<{ status: number; errors: string }> {
    try {
      const response = await fetch(`${this.address}/v1/${path}`, {
        method: "POST",
        headers: { "x-vault-token": this.token },
        body: JSON.stringify(body),
      });
      return { status: response.status, errors: await response.text() };
    } catch (error) {
      throw failed(path, 0, error instanceof Error ? error.message : String(error));
    }
  }
}

const failed = (path: string, status: number, errors: string): TerraformFault =>
  new TerraformFault(
    "TFExecApplyFailed",
    `error running Apply: Error making API request.\n\nURL: PUT /v1/${path}\nCode: ${status}. Errors:\n\n${errors}`,
  );
