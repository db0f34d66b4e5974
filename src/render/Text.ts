/**
 * Text that has to fit.
 */
import { displayWidth } from "effect/cli/CliOutput"

/**
 * The text, or as much of it as fits `width` cells, then an ellipsis.
 *
 * ```ts
 * import * as Text from "greenlang/render/Text"
 *
 * Text.truncate("kilowatt-hours", 9) // => "kilowatt…"
 * ```
 *
 * @category rendering
 */
export const truncate = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  let kept = ""
  for (const letter of text) {
    if (displayWidth(kept + letter) > width - 1) break
    kept += letter
  }
  return `${kept}…`
}

/**
 * The text, or an ellipsis and as much of its end as fits `width` cells.
 *
 * @category rendering
 */
export const end = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  let kept = ""
  for (const letter of [...text].toReversed()) {
    if (displayWidth(letter + kept) > width - 1) break
    kept = letter + kept
  }
  return `…${kept}`
}
