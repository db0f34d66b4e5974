/**
 * What a fake answers to which request. Each line is used once, in order, unless it says otherwise.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Llm } from "greenlang"
 * import { Script, ScriptedLlm } from "greenlang/testing"
 *
 * const model = ScriptedLlm.layer(
 *   Script.when(({ prompt }) => JSON.stringify(prompt).includes("coal"), "Coal is dirty."),
 *   Script.always("I know of coal only.")
 * )
 * const ask = Effect.map(Effect.all([Llm.generate("wind?"), Llm.generate("coal?")]), (all) => all.map(({ text }) => text))
 *
 * await Effect.runPromise(Effect.provide(ask, model)) // => ["I know of coal only.", "Coal is dirty."]
 * ```
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * `A` is answered to a request `Q` that matches.
 *
 * @category models
 */
export interface Line<in Q, out A> {
  readonly _tag: "Line"
  readonly answer: A
  readonly matches: (request: Q) => boolean
  readonly repeats: boolean
}

/** An answer to the first request that matches. @category constructors */
export const when = <Q, A>(matches: (request: Q) => boolean, answer: A): Line<Q, A> => ({
  _tag: "Line",
  answer,
  matches,
  repeats: false
})

/** An answer to every request that no line above has answered. It may be asked for never. @category constructors */
export const always = <A>(answer: A): Line<unknown, A> => ({
  _tag: "Line",
  answer,
  matches: () => true,
  repeats: true
})

/** An answer to every request that matches. It may be asked for never. @category constructors */
export const whenever = <Q, A>(matches: (request: Q) => boolean, answer: A): Line<Q, A> => ({
  _tag: "Line",
  answer,
  matches,
  repeats: true
})

/**
 * What was asked is not what the script foresaw: `unexpected` are the requests that no line answers, `left` the answers
 * that were not asked for. A fake dies with it, since it is the test that is wrong, or what the test found.
 *
 * @category errors
 */
export class ScriptMismatch extends Schema.TaggedError<ScriptMismatch>()("ScriptMismatch", {
  fake: Schema.String,
  unexpected: Schema.Array(Schema.String),
  left: Schema.Array(Schema.String)
}) {
  override get message() {
    const list = (title: string, items: ReadonlyArray<string>) =>
      items.length === 0 ? "" : `\n${title}:${items.map((item) => `\n  ${item}`).join("")}`
    return `${this.fake} was not asked what its script foresaw`
      + list("asked, and in no line of the script", this.unexpected)
      + list("in the script, and not asked for", this.left)
  }
}

/** A script in use. @category models */
export interface Script<in out Q, in out A> {
  readonly add: (...lines: ReadonlyArray<A | Line<Q, A>>) => void
  /** The answer to `request`, `undefined` if no line has one, which is kept as a mismatch. */
  readonly take: (request: Q) => A | undefined
  readonly mismatch: () => ScriptMismatch
}

/**
 * A script in use, which dies with `ScriptMismatch` when its scope closes after a success and something is left, or was
 * asked in vain.
 *
 * @category running
 */
export const make = Effect.fnUntraced(function*<Q, A>(options: {
  /** The name of the fake. */
  readonly fake: string
  readonly lines: ReadonlyArray<A | Line<Q, A>>
  readonly describe: (request: Q) => string
}): Effect.fn.Return<Script<Q, A>, never, Scope.Scope> {
  const { describe, fake } = options
  const unexpected: Array<string> = []
  let left: ReadonlyArray<Line<Q, A>> = []
  const script: Script<Q, A> = {
    add: (...lines) => {
      left = [...left, ...lines.map((line): Line<Q, A> => isLine<Q, A>(line) ? line : when(() => true, line))]
    },
    take: (request) => {
      const line = left.find(({ matches }) => matches(request))
      if (line === undefined) unexpected.push(describe(request))
      else if (!line.repeats) left = left.filter((other) => other !== line)
      return line?.answer
    },
    mismatch: () =>
      new ScriptMismatch({
        fake,
        unexpected,
        left: left.filter(({ repeats }) => !repeats).map(({ answer }) => text(answer))
      })
  }
  script.add(...options.lines)
  yield* Effect.addFinalizer((exit) => {
    const mismatch = script.mismatch()
    return Exit.isSuccess(exit) && mismatch.unexpected.length + mismatch.left.length > 0
      ? Effect.die(mismatch)
      : Effect.void
  })
  return script
})

const isLine = <Q, A>(line: A | Line<Q, A>): line is Line<Q, A> => Predicate.isTagged(line, "Line")

const text = (answer: unknown): string => typeof answer === "string" ? answer : JSON.stringify(answer)
