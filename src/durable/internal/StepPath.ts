/**
 * The path of a step in a run, as a text: the names of the step and of those around it.
 */

/** Names divided by slashes: a slash in a name is written `%2F`. */
export const of = (names: ReadonlyArray<string>): string =>
  names.map((name) => name.replaceAll("%", "%25").replaceAll("/", "%2F")).join("/")
