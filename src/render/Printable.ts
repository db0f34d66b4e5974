/**
 * Text that a terminal and a browser only show. Names, answers, errors and files come from elsewhere: without this, they
 * could move the cursor, write to the clipboard, reverse the reading direction, or imitate a line of this program.
 *
 * Every text goes through this module before it reaches a terminal or a page; it holds the one list of what is removed.
 */

/**
 * 1. Control characters, C0 and C1, besides the line feed and the tab: escape sequences begin with them.
 * 2. Marks that change the reading direction, and separators that some programs take for line breaks.
 * 3. Invisible characters that carry text of their own (tags, interlinear annotations, a byte order mark).
 * 4. Halves of a surrogate pair and noncharacters, which no encoding of a page may hold.
 */
const unsafe =
  /[^\P{Cc}\n\t]|\p{Cs}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu

/**
 * `value` without anything that would be obeyed. Line feeds and tabs stay.
 *
 * ```ts
 * import * as Printable from "greenlang/render/Printable"
 *
 * Printable.text("a\u001b[2Jb\u202e\nc") // => "a[2Jb\nc"
 * ```
 *
 * @category rendering
 */
export const text = (value: string): string => value.replaceAll(unsafe, "")

/**
 * The same on one line, for names and messages that stand beside others: white space of any kind becomes one space.
 *
 * ```ts
 * import * as Printable from "greenlang/render/Printable"
 *
 * Printable.line("fuel\r\n✓ fake") // => "fuel ✓ fake"
 * ```
 *
 * @category rendering
 */
export const line = (value: string): string => text(value.replaceAll(/\s+/g, " "))

/**
 * JSON in which everything unsafe is escaped, so that it still parses to the same value. `space` indents it.
 *
 * ```ts
 * import * as Printable from "greenlang/render/Printable"
 *
 * Printable.json({ name: "a\u009b2J" }) // => `{"name":"a\\u009b2J"}`
 * ```
 *
 * @category rendering
 */
export const json = (value: unknown, space?: number): string => escaped(JSON.stringify(value, null, space))

/**
 * JSON text with everything unsafe escaped.
 *
 * @category rendering
 */
export const escaped = (json: string): string =>
  json.replaceAll(
    unsafe,
    (letter) => letter.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")
  )
