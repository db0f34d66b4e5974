/**
 * What a step of a spec has to say to those that wait for it.
 */
import * as Schema from "effect/Schema"

/**
 * `value` is for the steps that look it up, `shown` the same for everybody else, with secrets masked. `Absent` of a step that did not run, or whose failure the run goes on without. `dependants` says whether those that
 * wait for it run all the same.
 */
export const StepAnswer = Schema.TaggedUnion({
  Answer: { value: Schema.Json, shown: Schema.Json },
  Absent: { dependants: Schema.Literals(["run", "skip"]) }
})

/** An answer, or that there is none. */
export type StepAnswer = typeof StepAnswer.Type

/** Whether a value is an answer of a step of a spec. */
export const is: (u: unknown) => u is StepAnswer = Schema.is(StepAnswer)

/** The answer `value`, which others see as `shown`. */
export const of = (value: Schema.Json, shown = value): StepAnswer => ({ _tag: "Answer", value, shown })

/** Of a failure that the run goes on without: what waits for the step runs. */
export const absent: StepAnswer = { _tag: "Absent", dependants: "run" }

/** Of a step that did not run: nor does what waits for it. */
export const skipped: StepAnswer = { _tag: "Absent", dependants: "skip" }

/** Whether what waits for the step is not to run. */
export const isSkipped = (answer: StepAnswer): boolean => answer._tag === "Absent" && answer.dependants === "skip"

/** What there is, by the names of the steps: for one of them, or for everybody else. */
export const results = (
  names: ReadonlyArray<string>,
  answers: ReadonlyArray<StepAnswer>,
  what: "value" | "shown"
): { readonly [step: string]: Schema.Json } =>
  Object.fromEntries(
    names.flatMap((name, at) => {
      const answer = answers[at]
      return answer?._tag === "Answer" ? [[name, answer[what]] as const] : []
    })
  )
