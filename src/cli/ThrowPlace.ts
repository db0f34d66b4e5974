/**
 * Where in the code of a user a defect was thrown.
 */
import * as Predicate from "effect/Predicate"
import { fileURLToPath } from "node:url"

/**
 * The innermost place in the stack of the defect, or of its causes, that is of no package: `/app/src/read.ts:3:9`. `undefined`
 * where there is none, such as for a text that was thrown.
 *
 * ```ts
 * import * as ThrowPlace from "greenlang/cli/ThrowPlace"
 *
 * const bug = new TypeError("bug")
 * bug.stack = "TypeError: bug\n    at f (/app/node_modules/x/y.js:1:2)\n    at g (file:///app/read.ts:3:9)"
 * ThrowPlace.of(new Error("outside", { cause: bug })) // => "/app/read.ts:3:9"
 * ThrowPlace.of("bug") // => undefined
 * ```
 *
 * @category reading
 */
export const of = (defect: unknown): string | undefined => {
  // The cause that is thrown first is the innermost.
  for (const error of chain(defect).toReversed()) {
    for (const line of linesOf(error)) {
      const place = placeIn(line)
      if (place !== undefined) return place
    }
  }
  return undefined
}

/** Causes may go in a circle. */
const deepest = 10

const chain = (defect: unknown): ReadonlyArray<unknown> => {
  const errors: Array<unknown> = []
  for (let error = defect; error !== undefined && errors.length < deepest; error = read(error, "cause")) {
    errors.push(error)
  }
  return errors
}

/** A thrown value may have getters that throw. */
const read = (error: unknown, key: "cause" | "stack"): unknown => {
  try {
    return Predicate.hasProperty(error, key) ? error[key] : undefined
  } catch {
    return undefined
  }
}

const linesOf = (error: unknown): ReadonlyArray<string> => {
  const stack = read(error, "stack")
  return typeof stack === "string" ? stack.split("\n") : []
}

const own = ["src/", "dist/"].map((folder) => fileURLToPath(new URL(`../../${folder}`, import.meta.url)))

const placeIn = (line: string): string | undefined => {
  const [, address] = /^\s*at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\).+:\d+:\d+)\)?$/.exec(line) ?? []
  if (address === undefined) return undefined
  const place = address.startsWith("file://") ? pathOf(address) : address
  const isOfPackage = /[\\/]node_modules[\\/]/.test(place) || own.some((folder) => place.startsWith(folder))
  return isOfPackage ? undefined : place
}

/** An address without a path stays as it is. */
const pathOf = (address: string): string => {
  const [, url = "", place = ""] = /^(.+?)(:\d+:\d+)$/.exec(address) ?? []
  try {
    return `${fileURLToPath(url.replace(/\?.*$/, ""))}${place}`
  } catch {
    return address
  }
}
