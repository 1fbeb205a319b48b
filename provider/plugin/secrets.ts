import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { mask } from "../http/mask";
import { UNKNOWN } from "./handler";
import { secretTexts } from "./wire";

/** Environment variables that hold a credential, by their names' ends. */
const CREDENTIAL_VARIABLE = /(TOKEN|SECRET|PASSWORD|API_KEY)$/;
/** Credentials within a text such as a kubeconfig, or an address with a password. */
const WITHIN = [
  /(?:token|password|client-key-data|client-secret|access_?key)["']?\s*[:=]\s*["']?([^\s"',]{8,})/gi,
  /:\/\/[^/\s:@]+:([^@\s/]{6,})@/g,
];

/** What the plugin knows to be secret: texts that the engine marks so, and credentials of the environment. */
export class KnownSecrets {
  private readonly texts = new Set<string>();

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    for (const [name, value = ""] of Object.entries(environment)) {
      if (CREDENTIAL_VARIABLE.test(name) && value.length >= 12) this.texts.add(value);
    }
  }

  /** Remembers what is secret in properties that came from the engine. */
  learn(...structs: readonly (Struct | undefined)[]): void {
    for (const text of structs.flatMap(secretTexts)) {
      if (text === UNKNOWN) continue;
      this.texts.add(text);
      for (const pattern of WITHIN)
        for (const [, found = ""] of text.matchAll(pattern)) this.texts.add(found);
    }
  }

  mask(text: string): string {
    return mask(text, this.texts);
  }
}
