/**
 * Texts in quotes, as conditions and references have them: with the escapes of JSON.
 */

/** What matches one, for a regular expression. */
export const within = (quote: "\"" | "'"): string =>
  String.raw`${quote}(?:[^${quote}\\]|\\(?:["'\\/bfnrt]|u[0-9a-fA-F]{4}))*${quote}`

/** The text that it stands for. */
export const read = (quoted: string): string =>
  quoted.slice(1, -1).replaceAll(
    /\\(?:u(?<code>.{4})|(?<letter>.))/g,
    (_, code: string | undefined, letter: string) =>
      code === undefined ? escapes[letter] ?? letter : String.fromCharCode(parseInt(code, 16))
  )

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
