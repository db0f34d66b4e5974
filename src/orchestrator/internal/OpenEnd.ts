/**
 * The end of a text that goes on: what of it may be the beginning of a secret, and cannot be shown yet.
 */
import * as Redaction from "../../internal/Redaction.ts"

/**
 * From where on the end of a text may be the beginning of a secret, for a text that goes on: its last word, the beginning
 * of one of these secrets however it is written, or a private key that has not ended.
 */
export const openAt = (secrets: Redaction.Secrets): (text: string) => number => {
  const finder = Redaction.finderOf(secrets)
  return (text) => {
    const key = text.lastIndexOf("-----BEGIN ")
    const behindKey = key < 0 ? 0 : openKey.test(text.slice(key)) ? text.length + 1 : key + lengthOfKey(text.slice(key))
    let [at, before] = [text.length, -1]
    while (at !== before) {
      before = at
      if (key < at && at < behindKey) at = key
      while (at > 0 && isInWord(text, at - 1)) at--
      const [scheme] = /\b(?:Bearer|Basic)\s{1,20}$/.exec(text.slice(Math.max(0, at - 30), at)) ?? [""]
      at = finder?.openAt(text, at - scheme.length) ?? at - scheme.length
    }
    return at
  }
}

/** Whether a letter can be part of a secret that is one word, as all are that are found by their looks. */
const isInWord = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code > 0x20 && code < 0x7f
}

const lengthOfKey = (text: string): number =>
  /^-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\w+/=\s\\]*-----END [A-Z ]{0,30}PRIVATE KEY-----/.exec(text)?.[0].length ??
    0

const openKey = /^-----BEGIN [A-Z ]{0,30}(?:-{0,5}|PRIVATE KEY-----[\w+/=\s\\]*(?:-{1,5}[A-Z \d-]{0,40})?)$/

/** Whether the text is a part of one word. */
export const isOneWord = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) if (!isInWord(text, at)) return false
  return true
}
