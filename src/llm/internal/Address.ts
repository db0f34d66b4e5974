/**
 * Addresses of servers, as users write them: with or without slash, version, query, or the path of the call itself.
 */

/**
 * `path` below `base`. A query of `base` stays behind the path, and segments in which `base` ends and `path` begins are
 * not doubled. `version`, as `/v1`, goes between them where `base` has no path of its own. A `base` that is not an address
 * is joined as text, so that the call fails with what the user wrote.
 *
 * @category addresses
 */
export const join = (base: string, path: string, version: string): string => {
  const trimmed = base.trim()
  const url = URL.parse(trimmed)
  if (url === null) return `${trimmed.replace(/\/+$/, "")}${path}`
  const [own = "", query] = path.split("?", 2)
  const before = url.pathname.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "")
  url.pathname = `${before === "" ? version : withoutOverlap(before, own)}${own}`
  if (query !== undefined) url.search = url.search === "" ? query : `${url.search}&${query}`
  url.hash = ""
  return url.href
}

/** `before` without the segments at its end that `path` begins with. */
const withoutOverlap = (before: string, path: string): string => {
  const segments = path.split("/").slice(1)
  for (let count = segments.length; count > 0; count--) {
    const end = `/${segments.slice(0, count).join("/")}`
    if (before.endsWith(end)) return before.slice(0, -end.length)
  }
  return before
}
