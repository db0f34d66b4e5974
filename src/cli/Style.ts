/**
 * Colour and weight of text on a terminal.
 */

/**
 * Each wraps a text in the codes of one style, or leaves it as it is.
 *
 * @category models
 */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

const wrap = (open: number, close: number) => (text: string) => text === "" ? "" : `\x1b[${open}m${text}\x1b[${close}m`

/** @category constructors */
export const ansi: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39)
}

const same = (text: string) => text

/** @category constructors */
export const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same }

/**
 * The text without control characters other than line breaks: prose of a model, or of a server, must not be able to move
 * the cursor or write into the clipboard of the terminal it is shown on.
 *
 * ```ts
 * import * as Style from "greenlang/cli/Style"
 *
 * Style.harmless("a\u001b[2Jb\nc") // => "a[2Jb\nc"
 * ```
 *
 * @category rendering
 */
export const harmless = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, "")
