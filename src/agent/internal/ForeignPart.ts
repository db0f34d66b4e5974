/**
 * Where in a value something is that JSON does not hold: for messages that name the field.
 */
import * as SafeJson from "../../internal/SafeJson.ts"

interface Place {
  readonly path: ReadonlyArray<string>
  readonly part: unknown
  readonly around: Place | undefined
}

/** The first such part of `value`, and the keys that lead to it. A part that holds itself is one where it comes again. */
export const find = (value: unknown): Pick<Place, "path" | "part"> | undefined => {
  const seen = new Set<object>()
  const open: Array<Place> = [{ path: [], part: value, around: undefined }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { part, path } = next
    if (part === null || typeof part === "string" || typeof part === "boolean" || Number.isFinite(part)) continue
    if (typeof part !== "object" || !(Array.isArray(part) || SafeJson.isPlain(part))) return { path, part }
    if (seen.has(part)) {
      if (isInside(part, next)) return { path, part }
      continue
    }
    seen.add(part)
    for (const key of Object.keys(part).toReversed()) {
      open.push({ path: [...path, key], part: Reflect.get(part, key), around: next })
    }
  }
  return undefined
}

const isInside = (part: object, { around }: Place): boolean => {
  for (let one = around; one !== undefined; one = one.around) if (one.part === part) return true
  return false
}

/** The part of `value` that `path` leads to. */
export const at = (value: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    value
  )
