/**
 * What looks like a secret wherever it stands: keys of well-known vendors, JSON web tokens, private keys, the user part of an
 * address, and query parameters with the name of a secret.
 */
import { isSecretName } from "./SecretName.ts"

/** What stands for a secret. @category redaction */
export const redacted = "<redacted>"

/** The text without what looks like a secret. @category redaction */
export const without = (text: string): string =>
  (text.length < shortestLookalike ? text : text.replaceAll(looksSecret, redacted))
    .replaceAll(userPart, (_, before: string) => `${before}${redacted}@`)
    .replaceAll(
      queryParameter,
      (whole: string, before: string, name: string, value: string) =>
        isSecretName(name) && !/^(?:<|%3C)?redacted/i.test(value) ? `${before}${name}=${redacted}` : whole
    )

/**
 * No two of these begin at one place and scan the same letters anew: the whole takes time by the length of the text. `\w{12}\w*`
 * rather than `\w{12,}`, which takes some of the stack for each letter.
 */
const looksSecret = new RegExp(
  [
    String.raw`\bsk-[\w-]{12}[\w-]*`,
    String.raw`\b[sr]k_(?:live|test)_\w{12}\w*`,
    String.raw`\bBearer\s+[\w.~+/-]{8}[\w.~+/-]*=*`,
    String.raw`\bBasic\s+(?=[A-Za-z\d+/]{0,400}[\d=])[A-Za-z\d+/]{12}[A-Za-z\d+/]*={0,2}`,
    String.raw`\bAIza[\w-]{30}[\w-]*`,
    String.raw`\b(?:gsk|hf|gh[pousr]|github_pat|npm|r8)_\w{12}\w*`,
    String.raw`\b(?:xai|pplx|glpat)-[\w-]{16}[\w-]*`,
    String.raw`\bA[KS]IA[0-9A-Z]{16}\b`,
    String.raw`\bxox[abeprs]-[\w-]{10}[\w-]*`,
    String.raw`(?<![\w-])eyJ[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*`,
    String.raw`-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\w+/=\s\\]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?`
  ].join("|"),
  "g"
)

/** `sk-` and 12 letters. */
const shortestLookalike = 15

/** `user:password@`, or a token alone, as in `https://token@host`. */
const userPart = /(\b[a-z][a-z\d+.-]{0,20}:\/\/)(?!<redacted>@)[^\s/?#@"'<>]{1,500}@/gi

const queryParameter = /([?&;])([\w.-]{1,100})=([^\s&;"'<>#]{1,4000})/g
