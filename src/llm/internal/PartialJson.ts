/**
 * What can be read of a JSON object that is not whole yet: open texts, lists and objects are closed; half a key, number or
 * word is left out.
 */

/** The value of `text` as far as it goes, from its first bracket on. `undefined` where nothing can be read yet. */
export const read = (text: string): unknown => {
  const from = text.indexOf("{")
  if (from < 0) return undefined
  const open: Array<"}" | "]"> = []
  let isInText = false
  let isKey = false
  /** The last place behind which everything that is open can be closed, and what closes it. */
  let end = 0
  let close = ""
  const mark = (at: number, first = "") => {
    end = at
    close = first + open.toReversed().join("")
  }
  for (let at = from; at < text.length; at++) {
    const one = text[at]!
    if (isInText) {
      if (one === "\\") {
        at += text[at + 1] === "u" ? 5 : 1
        if (at >= text.length) break
      } else if (one === "\"") {
        isInText = false
        if (!isKey) mark(at + 1)
        continue
      }
      if (!isKey) mark(at + 1, "\"")
      continue
    }
    switch (one) {
      case "\"":
        isInText = true
        if (!isKey) mark(at + 1, "\"")
        break
      case "{":
        open.push("}")
        isKey = true
        mark(at + 1)
        break
      case "[":
        open.push("]")
        isKey = false
        mark(at + 1)
        break
      case "}":
      case "]":
        open.pop()
        isKey = false
        mark(at + 1)
        if (open.length === 0) at = text.length
        break
      case ":":
        isKey = false
        break
      case ",":
        mark(at)
        isKey = open.at(-1) === "}"
        break
      default:
        // A number or a word has ended where something else follows.
        if (/[\w.+-]/.test(one) && /^[\s,\]}]/.test(text[at + 1] ?? "")) mark(at + 1)
    }
  }
  try {
    return end === 0 ? undefined : JSON.parse(text.slice(from, end) + close)
  } catch {
    return undefined
  }
}
