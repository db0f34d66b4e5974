/**
 * Text that a terminal and a browser only show. Names, answers, errors and files come from elsewhere: without this, they
 * could move the cursor, write to the clipboard, reverse the reading direction, or imitate a line of this program.
 *
 * Every text goes through this module before it reaches a terminal or a page. `Described` holds the one list of what is removed,
 * which messages of errors lack, too.
 */
import * as Described from "../internal/Described.ts"

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
export const text = Described.printable

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
export const escaped = Described.escaped
