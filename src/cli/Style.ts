/**
 * Colour and weight of text on a terminal.
 */
import * as Screen from "./Screen.ts"

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

const wrap = (open: number, close: number) => (text: string) =>
  text === "" ? "" : `${Screen.control(`${open}m`)}${text}${Screen.control(`${close}m`)}`

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
