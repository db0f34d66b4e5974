/**
 * Refusals in the words of a model, where the vendor marks none.
 */

/** Whether a text does nothing but refuse. A text that may hold a value does more. */
export const isRefusal = (text: string): boolean =>
  text.length <= longest && !/[{[]/.test(text) && refusal.test(text.replaceAll("’", "'").trim())

const longest = 1_000

const refusal = new RegExp(
  [
    String
      .raw`^(?:(?:i'm|i am)\s+(?:(?:really|very|so)\s+)?(?:sorry|afraid)\b|sorry\b|i apologi[sz]e\b|unfortunately\b)?`,
    String.raw`[\s,.:;—–-]*(?:but\s+|that\s+)?(?:as an ai[^,.]*,\s*)?`,
    String.raw`i\s*(?:'m|am)?\s*(?:can't|cannot|can not|won't|will not|(?:not |un)able to)\s+`,
    String.raw`(?:help|assist|comply|fulfil|fulfill|continue|participate|do that|answer that|discuss|engage|support)\b`
  ].join(""),
  "i"
)
