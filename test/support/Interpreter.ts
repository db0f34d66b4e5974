/**
 * What running a plan comes to, worked out on paper: no fibers, no clock, one moment after another.
 */
import {
  combine,
  fate,
  isAtOnce,
  millis,
  type Node,
  type Plan,
  type Policy,
  pools,
  waitsFor,
  type Work
} from "./RandomPlan.ts"

type Json = unknown

/** `what` distinguishes failures. */
export interface Reason {
  readonly dies: boolean
  readonly what: Json
}

export type Exit = { readonly answer: Json } | { readonly reasons: ReadonlyArray<Reason> }

/** One step over the time that it ran. */
export interface Span {
  readonly path: string
  readonly started: number
  readonly ended: number
  readonly state: "pending" | "finished" | "skipped" | "failed" | "interrupted"
  readonly retries: ReadonlyArray<number>
}

/** How something ended, and when. `spans` are steps inside of it, `retries` when it began anew. */
export interface Ending {
  readonly at: number
  readonly exit: Exit
  readonly spans: ReadonlyArray<Span>
  readonly retries: ReadonlyArray<number>
  readonly skipped: boolean
}

const ending = (at: number, exit: Exit, rest: Partial<Ending> = {}): Ending => ({
  spans: [],
  retries: [],
  skipped: false,
  ...rest,
  at,
  exit
})

const failure = (what: Json, dies = false): Exit => ({ reasons: [{ dies, what }] })

/** What a policy can make an answer of. A bug is none, nor what failed beside one. */
const errorOf = (exit: Exit): Reason | undefined =>
  "reasons" in exit && !exit.reasons.some(({ dies }) => dies) ? exit.reasons[0] : undefined

/** The answer as the next step reads it. */
const answerOf = (exit: Exit): Json => "answer" in exit ? exit.answer : undefined

const byTime = (a: { readonly at: number }, b: { readonly at: number }) => a.at - b.at

/** What is seen of something that was interrupted. */
const cut = (spans: ReadonlyArray<Span>, at: number): ReadonlyArray<Span> =>
  spans.filter(({ started }) => started <= at).map((span) =>
    span.ended <= at
      ? span
      : { ...span, ended: at, state: "interrupted", retries: span.retries.filter((retry) => retry <= at) }
  )

const attempt = (path: string, work: Work, now: number, answer: Json, atOnce = false): Ending => {
  const at = atOnce ? now : now + millis(path, work)
  const came = fate(work, at)
  return ending(at, came === "answers" ? { answer } : failure(path, came === "dies"))
}

/** What runs inside of a step, such as an item of a list, is reported as a step, too. */
const inside = (path: string, name: string | number, started: number, { at, exit }: Ending): Span => ({
  path: `${path}.${name}`,
  started,
  ended: at,
  state: "answer" in exit ? "finished" : "failed",
  retries: []
})

const tagged = (n: number): Json => [n % 2 === 0 ? "Even" : "Odd", n]

const isOption = (answer: Json): answer is readonly [state: string, value?: Json] =>
  Array.isArray(answer) && (answer[0] === "some" || answer[0] === "none")

const body = (node: Node, inputs: ReadonlyArray<Json>, now: number): Ending => {
  const { count, path, works } = node
  const number = combine(path, inputs)
  const work = (at: number) => works[at % works.length]!
  switch (node.shape) {
    case "input":
    case "last":
      return ending(now, { answer: number })
    case "tag":
      return ending(now, { answer: tagged(number) })
    case "list":
      return ending(now, { answer: works.map((_, at) => at) })
    case "rounds":
      return ending(now, { answer: number % 5 })
    case "maybe":
      return ending(now, { answer: number % 3 > 0 ? ["some", number] : ["none"] })
    case "work":
      return attempt(path, work(0), now, tagged(number), isAtOnce(node))
    case "ifPresent": {
      const options = inputs.map((input) => isOption(input) ? input : ["some", input])
      if (options.some(([state]) => state === "none")) return ending(now, { answer: ["none"] }, { skipped: true })
      return attempt(path, work(0), now, ["some", combine(path, options.map(([, value]) => value))])
    }
    case "match": {
      const [tag, value] = inputs[0] as [string, number]
      return attempt(`${path}/${tag}`, work(tag === "Even" ? 0 : 1), now, combine(tag, [value]))
    }
    case "forEach": {
      const lanes = Array.from({ length: count }, () => now)
      const items = (inputs[0] as Array<number>).map((item) => {
        const lane = lanes.indexOf(Math.min(...lanes))
        const started = lanes[lane]!
        const ended = attempt(`${path}/${item}`, work(item), started, item)
        lanes[lane] = ended.at
        return { started, ended, span: inside(path, item, started, ended) }
      })
      const [first] = items.map(({ ended }) => ended).filter(({ exit }) => "reasons" in exit).toSorted(byTime)
      const spans = items.filter(({ started }) => first === undefined || started < first.at).map(({ span }) => span)
      if (first !== undefined) return { ...first, spans: cut(spans, first.at) }
      return ending(Math.max(...lanes), { answer: items.map(({ ended }) => answerOf(ended.exit)) }, { spans })
    }
    case "iterate": {
      let left = inputs[0] as number
      let at = now
      const spans: Array<Span> = []
      for (let round = 0; left > 0; round++) {
        if (round === count) return ending(at, failure(`${node.name} was not done after ${count} rounds`), { spans })
        const ended = attempt(`${path}/${round}`, work(round), at, --left)
        spans.push(inside(path, round, at, ended))
        if ("reasons" in ended.exit) return { ...ended, spans }
        at = ended.at
      }
      return ending(at, { answer: left }, { spans })
    }
    case "race": {
      const runners = works.map((one, at) => attempt(`${path}/${at}`, one, now, combine(`${path}/${at}`, inputs)))
      const spans = runners.map((ended, at) => inside(path, `${node.name}/${at}`, now, ended))
      const ended = runners.toSorted(byTime)
      const winner = ended.find(({ exit }) => "answer" in exit)
      if (winner !== undefined) return { ...winner, spans: cut(spans, winner.at) }
      const reasons = ended.flatMap(({ exit }) => "reasons" in exit ? exit.reasons : [])
      // with one bug among them, all are
      const dies = reasons.some(({ dies }) => dies)
      return ending(ended.at(-1)!.at, { reasons: reasons.map(({ what }) => ({ dies, what })) }, { spans })
    }
    case "pipeline":
      return interpret(node.inner!, number, now)
  }
}

const withPolicy = (
  node: Node,
  policy: Policy,
  at: number,
  run: (now: number) => Ending
): (now: number) => Ending =>
(now) => {
  const { work } = policy
  const path = `${node.path}:${at}`
  const first = run(now)
  const error = errorOf(first.exit)
  const answered = "answer" in first.exit
  switch (policy.kind) {
    case "optional":
      if (answered) return { ...first, exit: { answer: ["some", answerOf(first.exit)] } }
      return error === undefined ? first : { ...first, exit: { answer: ["none"] } }
    case "result":
      if (answered) return { ...first, exit: { answer: ["success", answerOf(first.exit)] } }
      return error === undefined ? first : { ...first, exit: { answer: ["failure", error.what] } }
    case "orElse": {
      if (error === undefined) return first
      const instead = attempt(path, work, first.at, combine(path, [error.what]))
      return { ...first, at: instead.at, exit: instead.exit }
    }
    case "retry": {
      let last = first
      for (let left = policy.times; left > 0 && errorOf(last.exit) !== undefined; left--) {
        const again = last.at + millis(path, work)
        const next = run(again)
        last = {
          ...next,
          spans: [...last.spans, ...next.spans],
          retries: [...last.retries, again, ...next.retries]
        }
      }
      return last
    }
    case "timeout": {
      const limit = now + millis(path, work)
      if (first.at <= limit) return first
      return ending(limit, failure(`${node.name} timed out`), {
        spans: cut(first.spans, limit),
        retries: first.retries.filter((retry) => retry <= limit)
      })
    }
  }
}

/** Where each step stands: the input, then depth first from the last, each after all that it waits for. */
export const runningOrder = ({ nodes }: Plan): ReadonlyArray<number> => {
  const order = new Set([0])
  const visit = (at: number): void => {
    waitsFor(nodes[at]!).forEach(visit)
    order.add(at)
  }
  visit(nodes.length - 1)
  return [...order]
}

interface Running {
  readonly at: number
  readonly started: number
  /** Not while it waits for a place in its pool. */
  ending: Ending | undefined
}

/**
 * Runs `plan` from the moment `began`. Where it keeps what had succeeded, that stands in its failure. The spans of steps
 * that run twice stand there twice.
 */
export const interpret = (plan: Plan, input: number, began: number): Ending => {
  const { nodes } = plan
  const order = runningOrder(plan)
  const longest = (at: number): number =>
    (plan.expects ? nodes[at]!.expected : 0) +
    Math.max(0, ...nodes.flatMap((node, next) => waitsFor(node).includes(at) ? [longest(next)] : []))
  const answers = new Map<number, Json>()
  const known = new Set([0])
  const partial: Array<readonly [string, Json]> = []
  const errors: Array<readonly [string, Json]> = []
  const reasons: Array<Reason> = []
  const spans = order.slice(1).map((at): Span => (
    { path: nodes[at]!.path, started: began, ended: began, state: "pending", retries: [] }
  ))
  const ready: Array<number> = []
  let running: Array<Running> = []
  let now = began

  const prepare = () => {
    for (const at of order) {
      if (known.has(at) || !waitsFor(nodes[at]!).every((before) => answers.has(before))) continue
      known.add(at)
      ready.push(at)
    }
  }

  const takePlaces = () => {
    for (const one of running) {
      if (one.ending !== undefined) continue
      const { pool } = nodes[one.at]!
      const held = running.filter(({ at, ending }) => ending !== undefined && nodes[at]!.pool === pool).length
      if (pool === undefined || held < pools[pool]) one.ending = runStep(one.at)
    }
  }

  const runStep = (at: number): Ending => {
    const node = nodes[at]!
    const inputs = node.after.map((before) => answers.get(before))
    const run = node.policies.reduce(
      (inner, policy, at) => withPolicy(node, policy, at, inner),
      (now: number) => body(node, inputs, now)
    )
    const ended = run(now)
    if (node.when === undefined || !("answer" in ended.exit)) return ended
    return { ...ended, exit: { answer: ["some", ended.exit.answer] } }
  }

  const start = () => {
    const first = plan.concurrency === Infinity ? 0 : Math.max(...ready.map(longest))
    const at = plan.concurrency === Infinity
      ? ready.shift()!
      : ready.splice(ready.findIndex((one) => longest(one) === first), 1)[0]!
    const { when } = nodes[at]!
    const skipped = when !== undefined && !holds(answers.get(when))
    const one: Running = {
      at,
      started: now,
      ending: skipped ? ending(now, { answer: ["none"] }, { skipped }) : undefined
    }
    running.push(one)
    if (skipped) return settle(one)
    takePlaces()
    // what ends in the moment in which it starts ends before anything else starts
    if (one.ending?.at === now) settle(one)
  }

  const settle = (one: Running) => {
    const { name, path } = nodes[one.at]!
    const { exit, retries, skipped, spans: inner } = one.ending!
    const span = { path, started: one.started, ended: now, retries }
    running = running.filter((other) => other !== one)
    if ("answer" in exit) {
      spans.push({ ...span, state: skipped ? "skipped" : "finished" }, ...inner)
      partial.push([name, exit.answer])
      if (reasons.length === 0) {
        answers.set(one.at, exit.answer)
        prepare()
      }
    } else {
      spans.push({ ...span, state: "failed" }, ...inner)
      const error = exit.reasons.find(({ dies }) => !dies)
      if (error !== undefined) errors.push([name, error.what])
      reasons.push(...exit.reasons)
      if (!plan.drain) interrupt()
    }
    takePlaces()
  }

  const interrupt = () => {
    for (const { at, ending, started } of running) {
      const retries = (ending?.retries ?? []).filter((retry) => retry <= now)
      spans.push({ path: nodes[at]!.path, started, ended: now, state: "interrupted", retries })
      spans.push(...cut(ending?.spans ?? [], now))
    }
    running = []
  }

  prepare()
  answers.set(0, input)
  prepare()
  while (true) {
    while (reasons.length === 0 && ready.length > 0 && running.length < plan.concurrency) start()
    const [next] = running.filter(({ ending }) => ending !== undefined).toSorted((a, b) => byTime(a.ending!, b.ending!))
    if (next === undefined) break
    now = next.ending!.at
    settle(next)
  }

  const ended = (exit: Exit) => ending(now, exit, { spans })
  if (reasons.length === 0) return ended({ answer: answers.get(nodes.length - 1) })
  const bugs = reasons.filter(({ dies }) => dies)
  if (!plan.keepPartial || bugs.length === reasons.length) return ended({ reasons })
  return ended({ reasons: [...bugs, { dies: false, what: { errors, partial: Object.fromEntries(partial) } }] })
}

/** What conditions ask of the answer before them. */
export const holds = (answer: Json): boolean => combine("holds", [answer]) % 2 === 0

/** The same, when it is interrupted `at` a moment before it has ended. */
export const interrupted = ({ spans }: Ending, at: number): ReadonlyArray<Span> => cut(spans, at)
