/**
 * Approval by the person at the terminal.
 */
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { Approval, type Decision, type Question } from "../agent/Approval.ts"
import * as Printable from "../render/Printable.ts"
import * as Screen from "./Screen.ts"
import { Turn } from "./Turn.ts"

/**
 * Asks on standard error, one question at a time, and reads `yes`, `no` or `no: the reason`. The decision is a no where there is
 * no terminal, where the person closes it, after five other answers, and after `timeout`. Default: 10 minutes. An interrupted
 * question gives the terminal back.
 *
 * @category layers
 */
export const layer = (
  options?: { readonly timeout?: Duration.Input }
): Layer.Layer<Approval, never, Stdio.Stdio | Terminal.Terminal> =>
  Layer.effect(
    Approval,
    Effect.gen(function*() {
      const stdio = yield* Stdio.Stdio
      const terminal = yield* Terminal.Terminal
      const timeout = Duration.fromInputUnsafe(options?.timeout ?? "10 minutes")
      const turns = yield* Semaphore.make(1)
      const asked = (question: Question) =>
        Effect.timeoutOption(ask(question, terminal), timeout).pipe(
          Effect.map(Option.getOrElse(() => no(`there was no answer within ${Duration.format(timeout)}`)))
        )
      return {
        ask: Effect.fnUntraced(function*(question) {
          const isThere = (yield* stdio.stdinIsTerminal) && (yield* stdio.stderrIsTerminal)
          return isThere ? yield* turns.withPermits(1)(asked(question)) : no("there is no terminal to ask at")
        })
      }
    })
  )

const by = "the person at the terminal"
const no = (comment: string): Decision => ({ approved: false, comment })

const ask = (question: Question, terminal: Terminal.Terminal) =>
  Effect.flatMap(Turn, (turn) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        turn.isOpen = true
        turn.questions++
      }),
      () => questioning(question, terminal),
      () => Effect.sync(() => turn.isOpen = false)
    ))

const questioning = Effect.fnUntraced(function*({ step, text }: Question, terminal: Terminal.Terminal) {
  const showCursor = Screen.control("?25h")
  yield* Console.error(`${showCursor}\n? ${Printable.line(step)} asks: ${Printable.text(text)}`)
  for (let left = mostAnswers; left > 0; left--) {
    yield* Console.error("  Answer yes, no, or no: the reason.")
    const line = yield* Effect.option(terminal.readLine)
    if (Option.isNone(line)) return no("the terminal was closed")
    const decision = read(line.value)
    if (decision !== undefined) return decision
  }
  return no(`none of ${mostAnswers} answers was yes or no`)
})

const mostAnswers = 5

const read = (line: string): Decision | undefined => {
  const [, word = "", comment = ""] = /^\s*(\w+)\s*(?:[:,]\s*(.*?))?\s*$/s.exec(line) ?? []
  const reason = comment === "" ? {} : { comment }
  switch (word.toLowerCase()) {
    case "y":
    case "yes":
      return { approved: true, by, ...reason }
    case "n":
    case "no":
      return { approved: false, by, ...reason }
  }
  return undefined
}
