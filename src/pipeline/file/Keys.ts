/**
 * The keys of a spec and of its steps, and the words that stand for themselves.
 */

/** The keys of a spec. */
export const specKeys = [
  "name",
  "version",
  "description",
  "inputs",
  "concurrency",
  "timeout",
  "steps",
  "output"
] as const

/** The keys of a step. */
export const stepKeys = [
  "name",
  "agent",
  "input",
  "when",
  "onConditionError",
  "forEach",
  "concurrency",
  "retry",
  "timeout",
  "cache",
  "onFailure",
  "after"
] as const

/** What `results` calls a step. */
export const stepName = /^[A-Za-z_][\w-]*$/

/** What happens when a step fails, besides a default answer. */
export const policies = ["stop", "skip", "continue"] as const
