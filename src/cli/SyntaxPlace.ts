/**
 * Where in a module its syntax is wrong: the file, the line and the text there.
 */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"

/**
 * Of the stack of the error with which Node refuses TypeScript: it begins with the place.
 *
 * ```ts
 * import * as SyntaxPlace from "greenlang/cli/SyntaxPlace"
 *
 * SyntaxPlace.ofTypeScript("/a.ts:1\nlet = 1\n    ^\n\nSyntaxError: ...") // => "at /a.ts:1:5\n  let = 1\n      ^"
 * ```
 *
 * @category reading
 */
export const ofTypeScript = (stack: string): string | undefined => {
  const [place = "", ...rest] = stack.split("\n")
  if (!/:\d+$/.test(place)) return undefined
  const caret = rest.findIndex((line) => /^\s*\^+\s*$/.test(line))
  if (caret === -1) return `at ${place}`
  // The code may go on behind the fault: the caret is below the line at fault.
  const [code = "", mark = ""] = [rest[caret - 1], rest[caret]]
  return [`at ${place}:${mark.indexOf("^") + 1}`, `  ${code}`, `  ${mark.trimEnd()}`].join("\n")
}

/**
 * Of a JavaScript module, or of the first of those that it imports by a relative path. Node says the place only where it checks
 * a file as a process of its own, which runs nothing of it.
 *
 * @category reading
 */
export const ofJavaScript = async (file: string, seen = new Set<string>()): Promise<string | undefined> => {
  if (seen.has(file) || seen.size >= mostFiles) return undefined
  seen.add(file)
  const place = ofTypeScript(await check(file))
  if (place !== undefined) return place
  const text = await readFile(file, "utf8").catch(() => "")
  for (const [, path = ""] of text.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g)) {
    const inside = await ofJavaScript(resolve(dirname(file), path), seen)
    if (inside !== undefined) return inside
  }
  return undefined
}

/** A project may be large, and each file is a process. */
const mostFiles = 50

const check = (file: string): Promise<string> =>
  new Promise((done) => {
    execFile(process.execPath, ["--check", file], { timeout: 5_000 }, (_, __, stderr) => done(stderr))
  })
