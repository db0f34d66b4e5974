/**
 * The run that a step of a durable run sees: it takes what a record can hold.
 *
 * 1. What does not match its schema, from an untyped caller, reaches neither the record nor the run around: the step fails for it.
 * 2. What was recorded stays as it was, whatever becomes of the object that was given.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { InvalidOutput } from "../../agent/AgentError.ts"
import { type Place, takePlaces } from "../../agent/internal/CitingRun.ts"
import * as LiveRun from "../../agent/internal/LiveRun.ts"
import * as Issue from "../../agent/Issue.ts"
import * as Run from "../../agent/Run.ts"
import { readMore } from "../../agent/Usage.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import { ReplayableRun } from "../../pipeline/internal/ReplayableRun.ts"
import * as JsonText from "./JsonText.ts"

type AnyExit = Exit.Exit<unknown, unknown>

const readCitation = Schema.decodeUnknownResult(Run.Citation)
const isUsage = Schema.is(Run.Usage)

class StepRun extends ReplayableRun {
  private readonly issues: Array<Issue.Issue> = []

  protected override keep(key: string, citation: Run.Citation, place: Place): void {
    const read = readCitation(citation, { errors: "all" })
    if (read._tag === "Success") return super.keep(key, read.success, place)
    for (const issue of Issue.describe(Run.Citation, read.failure.issue)) {
      this.issues.push({ ...issue, path: ["citation", issue.path].filter(Boolean).join(".") })
    }
  }

  override annotate(key: string, value: Schema.Json): void {
    const read = copyOf(value)
    if (read === undefined) {
      this.issues.push({ path: `annotation ${key}`, message: "is not JSON that a record can hold" })
    } else super.annotate(key, read)
  }

  override addUsage(more: Partial<Run.Usage>): void {
    const read = readMore(more)
    if (isUsage(LiveRun.add(this.used, read))) super.addUsage(read)
    else this.issues.push({ path: "usage", message: "the sum is no longer exact" })
  }

  /** How the step at `path` ends, which came to `exit`. */
  exit(exit: AnyExit, path: string): AnyExit {
    const [first, ...more] = this.issues
    if (first === undefined) return exit
    const refusal = Cause.fail(new InvalidOutput({ agent: `step \`${path}\``, issues: [first, ...more] }))
    if (Exit.isSuccess(exit)) return Exit.failCause(refusal)
    return Cause.hasInterruptsOnly(exit.cause) ? exit : Exit.failCause(Cause.combine(exit.cause, refusal))
  }
}

/** `value` as JSON of its own; `undefined` where it is something else, or throws when it is read. */
const copyOf = (value: Schema.Json): Schema.Json | undefined => {
  try {
    return SafeJson.isJson(value) ? JSON.parse(JsonText.stringify(value)) : undefined
  } catch {
    return undefined
  }
}

/** The run that a step sees inside of `run`. */
export const inside = (run: Run.Run): StepRun => new StepRun(run, takePlaces(run, 1))
