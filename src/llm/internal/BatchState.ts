/**
 * The state of a batch, in the words of every vendor.
 */
import * as LooseJson from "./LooseJson.ts"
import * as VendorError from "./VendorError.ts"

/** What the word of a state means. */
export type State = "running" | "ended" | "failed" | "expired" | "cancelled" | "unknown"

/** The state that stands in a batch, under the first of `keys` that holds a word. */
export const read = (
  batch: LooseJson.Fields,
  keys: ReadonlyArray<string>
): { readonly state: State; readonly shown: string } => {
  const given = keys.map((key) => LooseJson.fields(batch[key])?.["state"] ?? batch[key]).find((value) =>
    !LooseJson.isNothing(value)
  )
  if (given === undefined) return { state: "unknown", shown: "missing" }
  const word = typeof given === "string" ? given.toLowerCase().replaceAll(/[^a-z]/g, "") : ""
  const plain = word.replace(/^(?:job|batch)?(?:state|status)?/, "")
  return { state: states.get(plain) ?? states.get(word) ?? "unknown", shown: JSON.stringify(given) }
}

const states = new Map<string, State>(
  Object.entries(
    {
      running:
        "validating validated inprogress running processing pending queued queueing created submitted accepted started"
        + " scheduled initializing preparing finalizing cancelling canceling cancellationrequested active executing"
        + " notstarted waiting paused pausing resuming",
      ended: "completed complete ended succeeded success successful done finished partiallycompleted"
        + " partiallysucceeded completedwitherrors",
      failed: "failed failure error errored rejected invalid",
      expired: "expired timeout timedout timeoutexceeded",
      cancelled: "cancelled canceled aborted stopped deleted",
      unknown: ""
    } satisfies Record<State, string>
  ).flatMap(([state, words]) => words.split(" ").map((word) => [word, state as State] as const))
)

/** Why a batch failed, wherever it says so. */
export const issuesOf = (batch: LooseJson.Fields): ReadonlyArray<string> => {
  const { error, errors, failure_reason, incomplete_details, last_error, message, status_message } = batch
  const list = LooseJson.list(errors) ?? LooseJson.list(LooseJson.fields(errors)?.["data"])
  const found = (list !== undefined && list.length > 0 ? list : [errors]).filter((one) => !LooseJson.saysNothing(one))
  const given = found.length > 0
    ? found
    : [error, last_error, failure_reason, status_message, message, incomplete_details].filter((one) =>
      !LooseJson.saysNothing(one)
    )
  return given.map(issueOf)
}

const issueOf = (given: unknown): string => {
  const issue = LooseJson.fields(given) ?? {}
  const line = LooseJson.count(issue["line"])
  const { code, message } = VendorError.of(given, {})
  // An issue that has a code only says so by it.
  const words = message !== undefined && !message.startsWith("{")
    ? message
    : LooseJson.label(code) ?? message ?? "no reason"
  return `${words}${line ? `, in line ${line}` : ""}`
}
