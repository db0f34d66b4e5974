/**
 * Reads a spec from its tree, and collects what is wrong with the form of it.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { nameProblem } from "../../agent/InvalidDefinition.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import * as NearestName from "../../internal/NearestName.ts"
import * as Condition from "./Condition.ts"
import * as ConditionText from "./ConditionText.ts"
import type { Faults } from "./Faults.ts"
import { policies, specKeys, stepKeys, stepName } from "./Keys.ts"
import * as Reference from "./Reference.ts"
import * as Shape from "./Shape.ts"
import * as Source from "./Source.ts"
import type * as Spec from "./Spec.ts"

/** A part of it that cannot be read is left out, and its fault in `faults`. */
export const read = (root: Source.Node, faults: Faults): Spec.Spec => {
  const file = new Fields(root, faults, "a spec", specKeys)
  return {
    name: nameOf(file, faults),
    version: file.text("version") ?? "",
    description: file.optional("description") === undefined ? "" : file.text("description") ?? "",
    inputs: file.optional("inputs"),
    concurrency: file.count("concurrency") ?? 10,
    timeout: file.with("timeout", (node) => duration(node, faults)),
    steps: steps(file, faults),
    output: file.with("output", (node) => mapping(node, faults))
  }
}

const nameOf = (file: Fields, faults: Faults): string => {
  const { name, node } = file.named("name")
  const problem = name === "" ? undefined : nameProblem(name)
  if (problem !== undefined) faults.add(node, `${problem}: it stands in one line, as Heating does`)
  return name
}

const steps = (file: Fields, faults: Faults): ReadonlyArray<Spec.StepSpec> => {
  const nodes = file.list("steps") ?? []
  if (nodes.length === 0 && file.optional("steps")?.items !== undefined) {
    faults.add(file.optional("steps")!, "there should be at least one step")
  }
  return nodes.map((node) => step(node, faults))
}

const step = (node: Source.Node, faults: Faults): Spec.StepSpec => {
  const fields = new Fields(node, faults, "a step", stepKeys)
  const name = fields.named("name")
  if (name.name !== "" && !stepName.test(name.name)) {
    faults.add(
      name.node,
      `a step is named by letters, digits, _ and -, and begins with a letter, as ${suggest(name.name)}`
    )
  } else if (reserved.has(name.name)) {
    faults.add(name.node, `${name.name} is what the pipeline calls its own ${name.name}: name the step otherwise`)
  }
  const forEach = fields.with("forEach", (node) => list(node, faults))
  const concurrency = fields.count("concurrency")
  if (concurrency !== undefined && fields.optional("forEach") === undefined) {
    faults.add(fields.optional("concurrency")!, "concurrency of a step is that of its forEach, and there is none")
  }
  const when = fields.with("when", (node) => condition(node, faults))
  const onConditionError = fields.choice("onConditionError", ["fail", "skip"])
  if (onConditionError !== undefined && fields.optional("when") === undefined) {
    faults.add(fields.optional("onConditionError")!, "onConditionError speaks of a condition, and there is no when")
  }
  return {
    node,
    name,
    agent: fields.named("agent"),
    input: fields.with("input", (node) => mapping(node, faults)),
    when,
    onConditionError: onConditionError ?? "fail",
    forEach,
    concurrency: concurrency ?? 1,
    retry: fields.with("retry", (node) => retry(node, faults)),
    timeout: fields.with("timeout", (node) => duration(node, faults)),
    cache: fields.with("cache", (node) => {
      const timeToLive = duration(node, faults)
      return timeToLive && { timeToLive, node }
    }),
    onFailure: fields.with("onFailure", (node) => onFailure(node, faults)) ?? "stop",
    after: (fields.list("after", { ofOne: true }) ?? []).flatMap((node) =>
      typeof node.value === "string"
        ? [{ name: node.value, node }]
        : faults.add(node, "should be the name of a step") ?? []
    )
  }
}

const reserved = new Set(["input", "output"])

const suggest = (name: string) => name.replaceAll(/[^\w-]+/g, "_").replace(/^[^A-Za-z_]+/, "") || "a_name"

const retry = (node: Source.Node, faults: Faults): Spec.Retry | undefined => {
  if (typeof node.value === "number") return { times: attempts(node, faults), delay: firstDelay, factor: 2 }
  const fields = new Fields(node, faults, "retry", ["times", "delay", "factor"])
  const times = fields.required("times")
  const factor = fields.optional("factor")
  if (factor !== undefined && !(typeof factor.value === "number" && factor.value >= 1)) {
    faults.add(factor, "factor should be a number of 1 or more")
  }
  return {
    times: times === undefined ? 0 : attempts(times, faults),
    delay: fields.with("delay", (node) => duration(node, faults)) ?? firstDelay,
    factor: typeof factor?.value === "number" ? factor.value : 2
  }
}

const firstDelay = Duration.millis(100)

const attempts = (node: Source.Node, faults: Faults): number => {
  if (typeof node.value === "number" && Number.isSafeInteger(node.value) && node.value >= 0) return node.value
  faults.add(node, "should be how many more times to try: a whole number of 0 or more")
  return 0
}

const duration = (node: Source.Node, faults: Faults): Duration.Duration | undefined => {
  const found = typeof node.value === "string" ? DurationInput.parse(node.value) : Option.none()
  if (Option.isSome(found)) return found.value
  const given = typeof node.value === "object" ? "this" : JSON.stringify(node.value)
  const hint = typeof node.value === "string" ? DurationInput.hint(node.value) : `write ${DurationInput.example}`
  return faults.add(node, `${given} is not a duration: ${hint}`)
}

const onFailure = (node: Source.Node, faults: Faults): Spec.OnFailure | undefined => {
  if (node.entries !== undefined) {
    const fallback = new Fields(node, faults, "onFailure", ["default"]).required("default")
    return fallback && { default: fallback.value, node: fallback }
  }
  const found = policies.find((policy) => policy === node.value)
  return found ?? faults.add(node, `should be ${policies.join(", ")}, or { default: VALUE }`)
}

const condition = (node: Source.Node, faults: Faults): Spec.StepSpec["when"] => {
  if (typeof node.value === "boolean") return { node, condition: { _tag: "Literal", at: 0, value: node.value } }
  if (typeof node.value !== "string") return faults.add(node, "should be a condition, as input.area > 0")
  const parsed = ConditionText.parse(node.value)
  if (!Condition.isFault(parsed)) return { node, condition: parsed }
  return faults.add({ path: node.path, ...Source.inText(node, parsed.at) }, `the condition is wrong: ${parsed.message}`)
}

const list = (node: Source.Node, faults: Faults): Spec.StepSpec["forEach"] => {
  const reference = typeof node.value === "string" ? Reference.parse(node.value) : undefined
  return reference === undefined
    ? faults.add(node, "should name a list, as input.fuels or results.STEP.FIELD")
    : { reference, node }
}

/** A text that is a reference is looked up; any other value stands for itself, and `{ literal: VALUE }` always does. */
export const mapping = (node: Source.Node, faults: Faults): Spec.Mapping => {
  const { entries, items, value } = node
  if (entries?.length === 1 && entries[0]!.key === "literal") {
    return { _tag: "Literal", node, value: entries[0]!.node.value }
  }
  if (entries !== undefined) {
    return {
      _tag: "Object",
      node,
      fields: entries.map(({ at, key, node }) => ({ key, at, mapping: mapping(node, faults) }))
    }
  }
  if (items !== undefined) {
    return {
      _tag: "List",
      node,
      items: items.map((item) => {
        if (typeof item.value !== "string" || !item.value.startsWith("...")) {
          return { spread: false, mapping: mapping(item, faults) }
        }
        const reference = Reference.parse(item.value.slice(3))
        if (reference !== undefined) return { spread: true, mapping: { _tag: "LookUp", node: item, reference } }
        faults.add(item, "what follows ... should name a list, as ...results.STEP.FIELD")
        return { spread: false, mapping: { _tag: "Literal", node: item, value: null } }
      })
    }
  }
  if (typeof value !== "string") return { _tag: "Literal", node, value }
  const reference = Reference.parse(value)
  if (reference !== undefined) return { _tag: "LookUp", node, reference }
  const [, first = ""] = /^([A-Za-z]+)[.[][\w.[\]"-]+$/.exec(value) ?? []
  const meant = first === "" ? undefined : NearestName.find(first, Reference.roots)
  const right = meant === undefined ? undefined : Reference.parse(value.replace(first, meant))
  if (right !== undefined) {
    faults.add(node, `did you mean ${right.text}? Write { literal: ${value} } where it is a text`)
    return { _tag: "LookUp", node, reference: right }
  }
  if (meant !== undefined || Reference.isMeant(value)) {
    const how = `write a place as ${Reference.example}, and a text that looks like one as { literal: ... }`
    faults.add(node, `${value.slice(0, 100)} is not a place: ${how}`)
  }
  return { _tag: "Literal", node, value }
}

/** Such as `an agent`. `steps` are many: they have no article. */
const withArticle = (key: string): string => key.endsWith("s") ? key : `${/^[aeiou]/.test(key) ? "an" : "a"} ${key}`

/** The fields of one mapping of the file. */
class Fields {
  private readonly node: Source.Node
  private readonly faults: Faults
  private readonly what: string

  constructor(node: Source.Node, faults: Faults, what: string, keys: ReadonlyArray<string>) {
    this.node = node
    this.faults = faults
    this.what = what
    if (node.entries === undefined) {
      faults.add(node, `${what} should be a mapping of ${keys.join(", ")}`, true)
    }
    for (const { at, key } of node.entries ?? []) {
      if (keys.includes(key)) continue
      const place = { ...at, path: Source.join(node.path, key) }
      faults.add(
        place,
        () => `${what} has no ${key === "" ? "key of that kind" : key}. ${NearestName.hint(key, keys)}`
      )
    }
  }

  optional(key: string): Source.Node | undefined {
    return this.node.entries?.find((entry) => entry.key === key)?.node
  }

  required(key: string): Source.Node | undefined {
    const found = this.optional(key)
    if (found === undefined && this.node.entries !== undefined) {
      this.faults.add(this.node, `${this.what} needs ${withArticle(key)}`, true)
    }
    return found
  }

  text(key: string): string | undefined {
    const found = this.required(key)
    if (found === undefined || (typeof found.value === "string" && found.value !== "")) return found?.value as string
    const number = typeof found.value === "number" ? `, and is a number: put it in quotes` : ""
    return this.faults.add(found, `${key} should be a text${number}`)
  }

  named(key: string): Spec.Named {
    return { name: this.text(key) ?? "", node: this.optional(key) ?? this.node }
  }

  count(key: string): number | undefined {
    const found = this.optional(key)
    if (found === undefined) return undefined
    if (typeof found.value === "number" && Number.isSafeInteger(found.value) && found.value >= 1) return found.value
    return this.faults.add(found, `${key} should be a whole number of 1 or more`)
  }

  choice<const Choices extends ReadonlyArray<string>>(key: string, choices: Choices): Choices[number] | undefined {
    const found = this.optional(key)
    if (found === undefined) return undefined
    const chosen = choices.find((choice) => choice === found.value)
    return chosen ?? this.faults.add(found, `${key} should be ${choices.join(" or ")}`)
  }

  list(key: string, options?: { readonly ofOne: boolean }): ReadonlyArray<Source.Node> | undefined {
    const found = options?.ofOne === true ? this.optional(key) : this.required(key)
    if (found === undefined) return undefined
    if (found.items !== undefined) return found.items
    if (options?.ofOne === true && typeof found.value === "string") return [found]
    return this.faults.add(found, `${key} should be a list, and is ${Shape.words(Shape.ofValue(found.value))}`)
  }

  with<A>(key: string, read: (node: Source.Node) => A): A | undefined {
    const found = this.optional(key)
    return found && read(found)
  }
}
