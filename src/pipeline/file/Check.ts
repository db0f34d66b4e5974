/**
 * Holds a spec against the agents that there are: names, cycles, and whether each mapping fits the schemas around it.
 */
import type * as Agent from "../../agent/Agent.ts"
import * as NearestName from "../../internal/NearestName.ts"
import * as Recorded from "../../internal/SafeJson.ts"
import * as Condition from "./Condition.ts"
import type { Faults } from "./Faults.ts"
import * as InputSchema from "./InputSchema.ts"
import type { Reference } from "./Reference.ts"
import * as Shape from "./Shape.ts"
import * as Source from "./Source.ts"
import * as Spec from "./Spec.ts"

/** Answers with the schema of the input, which a spec may state. */
export const check = (
  spec: Spec.Spec,
  agents: ReadonlyMap<string, Agent.Any>,
  faults: Faults,
  cache: boolean
): Agent.AnySchema => {
  const steps = new Map<string, Spec.StepSpec>()
  for (const step of spec.steps) {
    const { name, node } = step.name
    const first = steps.get(name)
    if (name === "") continue
    if (first === undefined) steps.set(name, step)
    else faults.add(node, `there is a step ${name} already, on line ${first.name.node.line}`)
  }
  const names = [...steps.keys()]
  const input = InputSchema.read(spec.inputs, faults)
  const shapes = new Shapes(spec.inputs === undefined ? Shape.unknown : Shape.make(spec.inputs.value), steps, agents)
  for (const step of spec.steps) {
    const { name, node } = step.agent
    if (name !== "" && !agents.has(name)) {
      faults.add(node, () => `there is no agent ${name}. ${NearestName.hint(name, [...agents.keys()])}`)
    }
    for (const { name, node } of step.after) {
      if (!steps.has(name)) faults.add(node, () => `there is no step ${name}. ${NearestName.hint(name, names)}`, true)
    }
    checkStep(step, shapes, agents.get(name), faults)
    checkCache(step, agents.get(name), faults, cache)
  }
  const look = lookUp(shapes, undefined, faults)
  if (spec.output !== undefined) checkMapping(spec.output, { look, guarded: true, target: Shape.unknown, faults })
  for (const [first, ...rest] of cycles(spec.steps, steps)) {
    faults.add(first!.node, `the steps wait for each other: ${[...rest, first!].map(({ name }) => name).join(" → ")}`)
  }
  return input
}

/** What is known of each place that a reference can name. */
class Shapes {
  private readonly input: Shape.Shape
  private readonly steps: ReadonlyMap<string, Spec.StepSpec>
  private readonly results = new Map<string, Shape.Shape>()

  constructor(
    input: Shape.Shape,
    steps: ReadonlyMap<string, Spec.StepSpec>,
    agents: ReadonlyMap<string, Agent.Any>
  ) {
    this.input = input
    this.steps = steps
    for (const [name, { agent, forEach, onFailure, when }] of steps) {
      const schema = agents.get(agent.name)?.output
      const answer = schema === undefined ? Shape.unknown : Shape.ofSchema(schema)
      // what waits for a step that was skipped for its failure is skipped too, and never sees nothing
      const optional = when !== undefined || onFailure === "continue"
      this.results.set(name, { ...(forEach === undefined ? answer : Shape.list(answer)), optional })
    }
  }

  has(step: string | undefined): boolean {
    return step !== undefined && this.results.has(step)
  }

  /** What stands there, or why nothing can. */
  of(reference: Reference, step: Spec.StepSpec | undefined): Shape.Shape | Shape.Problem {
    let known = ""
    let [at, keys] = [this.root(reference, step), reference.keys]
    if (reference.root === "results" && typeof at !== "function") {
      const [name, ...rest] = keys
      if (name === undefined) return Shape.unknown
      const result = this.results.get(name)
      if (result === undefined) {
        return () => `there is no step ${name}. ${NearestName.hint(name, [...this.steps.keys()])}`
      }
      ;[at, keys, known] = [result, rest, `.${name}`]
    }
    for (const key of keys) {
      if (typeof at === "function") break
      const found: Shape.Shape | Shape.Problem = Shape.field(at, key)
      if (typeof found === "function") {
        const place = `${reference.root}${known}`
        return () => `${place} ${found()}`
      }
      at = { ...found, optional: found.optional || at.optional }
      known = `${known}.${key}`
    }
    return at
  }

  private root({ root }: Reference, step: Spec.StepSpec | undefined): Shape.Shape | Shape.Problem {
    if (root === "input") return this.input
    if (root === "results") return Shape.unknown
    if (step?.forEach === undefined) return () => `there is no ${root} outside of a step with forEach`
    if (root === "index") return Shape.make({ type: "number" })
    const list = this.of(step.forEach.reference, { ...step, forEach: undefined })
    const items = typeof list === "function" ? Shape.unknown : Shape.items(list)
    return typeof items === "string" ? Shape.unknown : items
  }
}

type Look = (reference: Reference, at: Source.Position & { readonly path: string }) => Shape.Shape

const lookUp = (shapes: Shapes, step: Spec.StepSpec | undefined, faults: Faults): Look => (reference, at) => {
  const found = shapes.of(reference, step)
  if (typeof found !== "function") return found
  // What could not be read may be the step.
  faults.add(at, found, reference.root === "results" && !shapes.has(reference.keys[0]))
  return Shape.unknown
}

const checkStep = (step: Spec.StepSpec, shapes: Shapes, agent: Agent.Any | undefined, faults: Faults): void => {
  const look = lookUp(shapes, step, faults)
  if (step.when !== undefined) {
    checkCondition(step.when, lookUp(shapes, { ...step, forEach: undefined }, faults), faults)
  }
  if (step.forEach !== undefined) {
    const list = lookUp(shapes, { ...step, forEach: undefined }, faults)(step.forEach.reference, step.forEach.node)
    const items = Shape.items(list)
    if (typeof items === "string") faults.add(step.forEach.node, `${step.forEach.reference.text} ${items}`)
  }
  const target = agent === undefined ? Shape.unknown : Shape.ofSchema(agent.input)
  if (step.input !== undefined) {
    checkMapping(step.input, {
      look,
      guarded: step.when !== undefined,
      target,
      faults,
      what: `the input of ${agent?.name}`
    })
  } else if (agent !== undefined) {
    const [whole, root] = step.forEach === undefined
      ? ["the input of the pipeline", "input"] as const
      : ["each item", "item"] as const
    const given = shapes.of({ root, keys: [], text: root }, step)
    const problems = typeof given === "function" ? [] : Shape.mismatches(given, target)
    for (const problem of problems) {
      faults.add(step.agent.node, `${whole} goes to ${agent.name} as it is, and does not fit: ${problem}`)
    }
  }
  if (typeof step.onFailure === "object" && agent !== undefined) {
    const output = Shape.ofSchema(agent.output)
    const answer = step.forEach === undefined ? output : Shape.list(output)
    for (const problem of Shape.mismatches(Shape.ofValue(step.onFailure.default), answer)) {
      faults.add(
        step.onFailure.node,
        `the default stands for the answer of ${agent.name}, and does not fit: ${problem}`
      )
    }
  }
}

const checkCache = ({ cache }: Spec.StepSpec, agent: Agent.Any | undefined, faults: Faults, allowed: boolean): void => {
  if (cache === undefined) return
  if (!allowed) faults.add(cache.node, "this program keeps no answers of steps: leave cache out")
  else if (agent !== undefined && [agent.input, agent.output].some(Recorded.holdsSecrets)) {
    faults.add(cache.node, `${agent.name} reads or answers with secrets, which are not kept: leave cache out`)
  }
}

const checkCondition = (
  { condition, node }: NonNullable<Spec.StepSpec["when"]>,
  look: Look,
  faults: Faults
): void => {
  const place = (at: number) => ({ path: node.path, ...Source.inText(node, at) })
  const known = new Map(
    Condition.references(condition).map(({ at, reference }) => [reference, look(reference, place(at))])
  )
  for (const { at, message } of Condition.check(condition, (reference) => known.get(reference) ?? Shape.unknown)) {
    faults.add(place(at), `the condition is wrong: ${message}`)
  }
}

interface Place {
  readonly look: Look
  readonly faults: Faults
  readonly target: Shape.Shape
  /** A condition may see to it that what the step looks up is there. */
  readonly guarded: boolean
  /** Of which it is said that it lacks something. */
  readonly what?: string
  /** Whether something has to stand there. */
  readonly needed?: boolean
}

const checkMapping = (mapping: Spec.Mapping, place: Place): void => {
  const { faults, look, target } = place
  const { node } = mapping
  const what = place.what ?? "it"
  switch (mapping._tag) {
    case "Literal":
      for (const problem of Shape.mismatches(Shape.ofValue(mapping.value), target, what)) faults.add(node, problem)
      return
    case "LookUp": {
      const found = look(mapping.reference, node)
      const { text } = mapping.reference
      if (found.optional && place.needed === true && !place.guarded) {
        faults.add(
          node,
          `${what} is needed, and ${text} may be absent: add a when, or map a value that is always there`
        )
      }
      for (const problem of Shape.mismatches(found, target)) {
        faults.add(node, `${what} cannot be ${text}: ${problem}`)
      }
      return
    }
    case "Object": {
      const types = Shape.types(target)
      if (types !== undefined && !types.has("object")) {
        faults.add(node, `${what} should be ${Shape.words(target)}, and is an object`)
        return
      }
      const given = new Set(mapping.fields.map(({ key }) => key))
      const missing = Shape.required(target).filter((key) => !given.has(key))
      if (missing.length > 0) faults.add(node, `${what} needs ${missing.join(", ")}`, true)
      for (const { at, key, mapping: field } of mapping.fields) {
        const wanted = Shape.field(target, key)
        if (typeof wanted === "function") {
          faults.add({ ...at, path: field.node.path }, () => `${what} ${wanted()}`)
          checkMapping(field, { ...place, target: Shape.unknown, what: key, needed: false })
        } else {
          const needed = target.choices.length > 0 && !wanted.optional
          checkMapping(field, { ...place, target: wanted, what: key, needed })
        }
      }
      return
    }
    case "List": {
      const items = Shape.items(target)
      if (typeof items === "string") {
        faults.add(node, `${what} should be ${Shape.words(target)}, and is a list`)
        return
      }
      for (const { mapping: item, spread } of mapping.items) {
        // what is absent is left out of a list
        const inner = { ...place, target: items, what: `an item of ${what}`, needed: false }
        if (!spread || item._tag !== "LookUp") checkMapping(item, inner)
        else {
          const spreadItems = Shape.items(look(item.reference, item.node))
          if (typeof spreadItems === "string") faults.add(item.node, `${item.reference.text} ${spreadItems}`)
          else {for (const problem of Shape.mismatches(spreadItems, items)) {
              faults.add(item.node, `an item of ${what} cannot be one of ${item.reference.text}: ${problem}`)
            }}
        }
      }
    }
  }
}

/** Each cycle once, each step before the one that it waits for. The first is at the place that closes the cycle. */
const cycles = (
  all: ReadonlyArray<Spec.StepSpec>,
  steps: ReadonlyMap<string, Spec.StepSpec>
): ReadonlyArray<ReadonlyArray<Spec.Named>> => {
  const found: Array<ReadonlyArray<Spec.Named>> = []
  const done = new Set<string>()
  for (const start of all) {
    const path: Array<{ readonly named: Spec.Named; readonly open: Array<Spec.Named> }> = []
    const enter = (named: Spec.Named) => {
      const step = steps.get(named.name)
      if (step === undefined || done.has(named.name)) return
      const at = path.findIndex((one) => one.named.name === named.name)
      if (at >= 0) return found.push([named, ...path.slice(at).map((one) => one.named)])
      path.push({ named, open: [...Spec.waitsFor(step)].toReversed() })
    }
    enter(start.name)
    while (path.length > 0) {
      const next = path.at(-1)!.open.pop()
      if (next !== undefined) enter(next)
      else done.add(path.pop()!.named.name)
    }
  }
  const seen = new Set<string>()
  return found.filter((cycle) => {
    const key = [...new Set(cycle.map(({ name }) => name))].toSorted().join()
    return !seen.has(key) && seen.add(key)
  })
}
