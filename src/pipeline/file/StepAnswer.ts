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
export type StepAnswer = typeof StepAnswer.Type

export const is: (u: unknown) => u is StepAnswer = Schema.is(StepAnswer)

export const of = (value: Schema.Json, shown = value): StepAnswer => ({ _tag: "Answer", value, shown })

export const absent: StepAnswer = { _tag: "Absent", dependants: "run" }

export const skipped: StepAnswer = { _tag: "Absent", dependants: "skip" }

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
