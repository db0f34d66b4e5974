/**
 * Runs steps that wait for each other.
 *
 * 1. It counts, for each step, the answers that the step still waits for. At zero the step is ready, and starts when there
 *    is room for it.
 * 2. A step costs one fiber while it runs, and none while it waits, nor when its effect is an answer already, nor when its work is
 *    a promise.
 * 3. The first failure decides the run. What steps fail with while they are interrupted stands behind it.
 * 4. Every failure carries the name of its step, and every defect is a `StepDied`.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Scheduler from "effect/Scheduler"
import { setMaxListeners } from "node:events"
import { takePlaces } from "../../agent/internal/CitingRun.ts"
import * as Observer from "../../agent/internal/Observer.ts"
import * as RunTelemetry from "../../agent/internal/RunTelemetry.ts"
import * as Run from "../../agent/Run.ts"
import * as Deadline from "../../internal/Deadline.ts"
import * as StepDied from "../StepDied.ts"
import { FailureOrder } from "./FailureOrder.ts"
import * as NestedStep from "./NestedStep.ts"
import * as PromiseWork from "./PromiseWork.ts"
import { QueueTimes } from "./QueueTimes.ts"
import * as ReadyQueue from "./ReadyQueue.ts"
import * as StepBox from "./StepBox.ts"
import * as StepForks from "./StepForks.ts"
import * as StepPerformer from "./StepPerformer.ts"
import { below, type StepScope } from "./StepScope.ts"
import * as StepWork from "./StepWork.ts"

/** Steps that ended at once, one after another, before the event loop gets its turn. */
const stepsPerTurn = 2_048

/** How the steps of a pipeline are run. */
export interface Options {
  /** The name of the pipeline. */
  readonly name: string
  /** How many steps may run at the same time. */
  readonly concurrency: number
  /** Whether the first failure interrupts the steps that run, or lets them end; none starts after it either way. */
  readonly onFailure: "interrupt" | "drain"
}

/** What came of each step that ended, by its name. */
export type Ledger = Map<string, Exit.Exit<unknown, unknown>>

/** `steps` stand in running order: the first is given the input, the last gives the answer. */
export const make = (steps: ReadonlyArray<StepBox.Any>, { concurrency, name, onFailure }: Options) => {
  const position = new Map(steps.map((step, at) => [step, at]))
  const before = steps.map((step) => step.after.map((one) => position.get(one)!))
  const next: ReadonlyArray<Array<number>> = steps.map(() => [])
  before.forEach((places, at) => places.forEach((place) => next[place]!.push(at)))
  const starts = steps.flatMap((_, at) => at > 0 && before[at]!.length === 0 ? [at] : [])
  const last = steps.length - 1
  const counts = before.map((places) => places.length)
  const nothing = steps.map((): unknown => undefined)
  const promises = steps.map(PromiseWork.of)
  const expected = steps.map(({ expected }) => expected === undefined ? 0 : Duration.toMillis(expected))
  const lines = StepForks.linesOf(before)
  const makeQueue = ReadyQueue.make(concurrency === Infinity ? [] : ReadyQueue.remaining(expected, next))

  return (input: unknown, ledger?: Ledger): Effect.Effect<unknown, unknown, unknown> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((parent) => {
        const context = runContext(parent)
        const inherited = { uninterruptible: restore === identity }
        const traced = parent.cache.tracerEnabled && parent.cache.tracer !== undefined
        const observed = Context.get(context, Observer.Current)
        const run = Context.get(context, Run.Current)
        const places = takePlaces(run, steps.length)
        const forkOf = StepForks.make(context, run, places, lines)
        const performer = Context.get(context, StepPerformer.Current)

        return restore(Effect.callback<unknown, unknown>((resume) => {
          const missing = counts.slice()
          const answers = nothing.slice()
          const ready = makeQueue()
          const queue = observed && new QueueTimes(observed, steps)
          const reader = observed?.hasBacklog === true ? observed : undefined
          // Steps that run, by their places. A step whose work is a promise has its scope here.
          const live = nothing.slice() as Array<Live | undefined>
          let running = 0
          let answered = 0
          let draining = false
          let paused = false
          let noLongerAwaitRoom: (() => void) | undefined
          let controller: AbortController | undefined
          let abandonment: NodeJS.Timeout | undefined
          let interrupted: (() => void) | undefined
          let end: Exit.Exit<unknown, unknown> | undefined

          const answerOfPlace = (place: number) => answers[place]

          const answersBefore = (at: number) => {
            const places = before[at]!
            if (places.length === 1) return [answers[places[0]!]]
            if (places.length === 2) return [answers[places[0]!], answers[places[1]!]]
            return places.map(answerOfPlace)
          }

          const answer = (at: number, value: unknown) => {
            answers[at] = value
            answered++
            const places = next[at]!
            for (let n = 0; n < places.length; n++) {
              const waiting = places[n]!
              if (--missing[waiting]! > 0) continue
              queue?.push(waiting)
              ready.push(waiting)
            }
          }

          const interruptAll = () => {
            for (const one of live) if (Fiber.isFiber(one)) one.interruptUnsafe(parent.id)
            if (controller === undefined || running === 0) return
            abandonment ??= setTimeout(abandon, PromiseWork.grace)
            controller.abort()
          }

          /** Leaves the promises that ignore their signal to themselves. */
          const abandon = () => {
            abandonment = undefined
            live.forEach((one, at) => {
              if (one !== undefined && !Fiber.isFiber(one)) leave(at, Exit.interrupt(parent.id), one.scope)
            })
          }

          const fail = (cause: Cause.Cause<unknown>) => {
            if (end === undefined) {
              // Where the others come to their end, a limit may pass meanwhile: this failure still came first.
              end = Exit.failCause(onFailure === "drain" ? Deadline.cameFirst(cause) : cause)
              if (onFailure === "interrupt") interruptAll()
              return
            }
            // What a sibling met while it was being interrupted stands behind the first cause.
            const met = Cause.fromReasons(cause.reasons.filter((reason) => !Cause.isInterruptReason(reason)))
            if (met.reasons.length > 0) {
              end = Exit.failCause(Exit.isFailure(end) ? Cause.combine(end.cause, met) : met)
            }
          }

          const settle = (at: number, exit: Exit.Exit<unknown, unknown>, scope: StepScope | undefined) => {
            if (order === undefined) conclude(at, exit, scope)
            else order.settle(at, exit, scope)
          }

          const conclude = (at: number, ended: Exit.Exit<unknown, unknown>, scope: StepScope | undefined) => {
            const step = steps[at]!
            const exit = Exit.isFailure(ended) ? Exit.failCause(StepDied.named(ended.cause, name, step.name)) : ended
            if (ledger !== undefined) ledger.set(step.name, exit)
            if (scope !== undefined) scope.ended(exit, step.given === undefined ? undefined : givenTo(step, at))
            if (Exit.isFailure(exit)) fail(exit.cause)
            else if (end === undefined) answer(at, exit.value)
          }

          const givenTo = (step: StepBox.Any, at: number) => () => step.given?.(answersBefore(at))

          const perform = (performer: StepPerformer.StepPerformer, step: StepBox.Any, at: number) =>
            performer.perform(step, () => StepBox.effectOf(step.run(answersBefore(at))), () => order!.failed(at))

          const start = (at: number) => {
            const step = steps[at]!
            const scope = observed === undefined ? undefined : below(observed, step.name)
            if (scope !== undefined) scope.started(queue, at)
            const promise = promises[at]
            if (promise !== undefined && !traced && performer === undefined) return awaitPromise(at, promise, scope)
            let effect: Effect.Effect<unknown, unknown, unknown>
            let isExit: boolean
            try {
              effect = performer === undefined
                ? StepBox.effectOf(step.run(answersBefore(at)))
                : perform(performer, step, at)
              isExit = StepBox.isExit(effect)
            } catch (defect) {
              return settle(at, Exit.die(defect), scope)
            }
            if (traced) {
              const noting = RunTelemetry.notingFailure(effect)
              return launch(at, Effect.withSpan(noting, step.name, spanOptions), scope)
            }
            if (isExit) return settle(at, effect as Exit.Exit<unknown, unknown>, scope)
            launch(at, effect, scope)
          }

          const launch = (
            at: number,
            effect: Effect.Effect<unknown, unknown, unknown>,
            scope: StepScope | undefined
          ) => {
            const fork = scope === undefined
              ? forkOf(at)
              : Effect.runForkWith(NestedStep.context(context, run, places + at, scope))
            const fiber = fork(effect as Effect.Effect<unknown, unknown>, inherited)
            const exit = fiber.pollUnsafe()
            if (exit !== undefined) return settle(at, exit, scope)
            live[at] = fiber
            running++
            fiber.addObserver((exit) => leave(at, exit, scope))
          }

          const awaitPromise = (at: number, promise: PromiseWork.PromiseWork, scope: StepScope | undefined) => {
            live[at] = scope === undefined ? unobserved : { scope }
            running++
            controller ??= sharedController()
            const { signal } = controller
            promise.begin(answersBefore(at), signal).then(
              (answer) =>
                signal.aborted ? leave(at, Exit.interrupt(parent.id), scope) : answerOf(at, promise, answer, scope),
              (rejection) => leave(at, signal.aborted ? Exit.interrupt(parent.id) : promise.rejected(rejection), scope)
            )
          }

          const answerOf = (
            at: number,
            promise: PromiseWork.PromiseWork,
            answer: unknown,
            scope: StepScope | undefined
          ) => {
            const exit = promise.answered(answer)
            if (StepBox.isExit(exit)) return leave(at, exit, scope)
            live[at] = undefined
            running--
            launch(at, exit, scope)
            drain()
          }

          /** The step at `at` no longer runs. */
          const leave = (at: number, exit: Exit.Exit<unknown, unknown>, scope: StepScope | undefined) => {
            if (live[at] === undefined) return
            live[at] = undefined
            running--
            settle(at, exit, scope)
            drain()
          }

          const drain = () => {
            if (draining || paused) return
            draining = true
            let turn = 0
            while (end === undefined && order?.isDeciding !== true) {
              if (running >= concurrency) {
                queue?.stop("bound")
                break
              }
              if (reader?.full !== undefined) {
                awaitRoom(reader)
                queue?.stop("reader")
                break
              }
              if (++turn > stepsPerTurn) {
                pause()
                break
              }
              const at = ready.shift()
              if (at === undefined) break
              if (order === undefined || order.begin(at)) start(at)
            }
            order?.deliver()
            draining = false
            if (running > 0 || paused) return
            order?.flush()
            if (end === undefined && answered < steps.length) return
            noLongerAwaitRoom?.()
            clearTimeout(abandonment)
            if (interrupted !== undefined) return interrupted()
            resume(end ?? Exit.succeed(answers[last]))
          }

          const awaitRoom = (observed: Observer.Observer) => {
            noLongerAwaitRoom ??= observed.onRoom(() => {
              noLongerAwaitRoom = undefined
              drain()
            })
          }

          const pause = () => {
            paused = true
            parent.currentDispatcher.scheduleTask(() => {
              paused = false
              drain()
            }, 0)
          }

          const order = performer && new FailureOrder(steps, performer, onFailure, conclude, ready.push)

          for (const at of starts) {
            queue?.push(at)
            ready.push(at)
          }
          answer(0, input)
          drain()

          return Effect.suspend(() => {
            end ??= Exit.void
            noLongerAwaitRoom?.()
            interruptAll()
            if (running === 0) return end as Exit.Exit<void>
            return Effect.callback<void>((resume) => {
              interrupted = () => resume(end as Exit.Exit<void>)
            })
          })
        }))
      })
    )
}

/**
 * The context of the run. Where it is run synchronously, fibers of steps that yield must be resumed by the one dispatcher
 * that `Effect.runSync` flushes, which is that of the fiber it started.
 */
const runContext = (parent: Fiber.Fiber<unknown, unknown>): Context.Context<never> => {
  const context = StepWork.forSteps(parent.context)
  const { scheduler } = parent.cache
  if (scheduler.executionMode === "async") return context
  const dispatcher = parent.currentDispatcher
  return Context.add(context, Scheduler.Scheduler, {
    executionMode: "sync",
    shouldYield: (fiber) => scheduler.shouldYield(fiber),
    makeDispatcher: () => dispatcher
  })
}

/** A step that runs. */
type Live = Fiber.Fiber<unknown, unknown> | { readonly scope: StepScope | undefined }

const unobserved: Live = { scope: undefined }

/** Any number of steps may listen to its signal. */
const sharedController = (): AbortController => {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

const spanOptions = { captureStackTrace: false } as const
