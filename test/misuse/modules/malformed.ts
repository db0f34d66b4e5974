/**
 * Random malformed inputs of `Reads`: among them whatever JavaScript lets throw.
 */

/** A reproducible sequence of numbers from 0 to 1. */
export const random = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
  return seed / 2 ** 31
}

export const boom = (): never => {
  throw new Error("a trap that throws")
}

const traps: ReadonlyArray<keyof ProxyHandler<object>> = [
  "get",
  "ownKeys",
  "has",
  "getOwnPropertyDescriptor",
  "getPrototypeOf",
  "isExtensible",
  "apply",
  "construct"
]

const revoked = <A extends object>(target: A): A => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** Throws from its `count`th call on, or only then. */
const late = (count: number, again: boolean) => {
  let calls = 0
  return () => {
    calls++
    if (calls === count || again && calls > count) throw new Error("late")
    return 1
  }
}

/** A class whose getters throw, and are not its own fields. */
class Guarded {
  readonly name = "hall"
  get amount(): number {
    return boom()
  }
  get unit(): string {
    throw revoked({})
  }
}

const unnamed: ReadonlyArray<() => unknown> = [
  () => undefined,
  () => null,
  () => Symbol("thrown"),
  () => Object.create(null),
  () => revoked({}),
  () => Object.defineProperty(new Error("x"), "message", { get: boom })
]

const nested = (levels: number, wrap: (inside: unknown) => unknown): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

const exotic: ReadonlyArray<() => unknown> = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => Infinity,
  () => -0,
  () => 10n,
  () => Symbol("s"),
  () => "",
  () => "x".repeat(100_000),
  () => "\u0000\ud800\x1b[2J",
  () => true,
  () => boom,
  () => Date,
  () => new Date(Number.NaN),
  () => new Map([["a", 1]]),
  () => new Set([1]),
  () => /x/,
  () => new Error("an error"),
  () => new Uint8Array(8),
  () => new WeakMap(),
  () => Object.create(null),
  () => Array.from({ length: 3 }),
  () => Array(30_000),
  () => Object.fromEntries(["then"].map((name) => [name, boom])),
  () => ({ toJSON: boom, toString: boom, valueOf: boom, [Symbol.toPrimitive]: boom }),
  () => JSON.parse(`{"__proto__":{"amount":1},"constructor":1}`),
  () => Object.defineProperty({}, "amount", { enumerable: true, get: boom }),
  () => Object.defineProperty([], 0, { enumerable: true, get: boom }),
  () => Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`key ${at}`, at])),
  () => nested(5_000, (inside) => [inside]),
  () => nested(5_000, (a) => ({ a })),
  () => nested(14, (a) => [a, a]),
  () => {
    const circle: Record<string, unknown> = {}
    circle["self"] = circle
    return circle
  },
  () => {
    const list: Array<unknown> = []
    list.push(list)
    return list
  },
  ...traps.flatMap((trap) => [
    () => new Proxy({}, { [trap]: boom }),
    () => new Proxy([1], { [trap]: boom })
  ]),
  () => revoked({}),
  () => revoked([]),
  () => revoked(boom),
  () => new Guarded(),
  () =>
    Object.create({
      get area() {
        return boom()
      }
    }),
  () => Object.defineProperty({ area: 1 }, "rooms", { enumerable: true, get: late(1, false) }),
  () => Object.defineProperty({ rooms: {} }, "area", { enumerable: true, get: late(2, true) }),
  () => new Proxy({ area: 1 }, { has: boom }),
  () => new Proxy({ a: 1 }, { get: late(3, true) }),
  () => new Proxy([1], { get: (target, key) => key === "length" ? boom() : Reflect.get(target, key) }),
  () => new Proxy([1], { get: (target, key) => key === "length" ? Number.NaN : Reflect.get(target, key) }),
  () => Object.assign([1], { [Symbol.iterator]: boom }),
  () => Object.assign(new Map(), { [Symbol.iterator]: boom, forEach: boom }),
  () => Object.defineProperty({}, Symbol.toStringTag, { get: boom }),
  () => Object.defineProperty(() => 1, "name", { get: boom }),
  () => new Proxy(new Date(), {}),
  () => new Proxy(new Map(), {}),
  ...unnamed.map((thrown) => () =>
    Object.defineProperty({}, "area", {
      enumerable: true,
      get: () => {
        throw thrown()
      }
    })
  ),
  ...["toJSON", "toString", "valueOf", "then", "constructor", "message", "length", "_tag"].map((name) => () =>
    Object.defineProperty({}, name, { enumerable: true, get: boom })
  ),
  ...[Symbol.toPrimitive, Symbol.iterator, Symbol.asyncIterator, Symbol.hasInstance].map((name) => () =>
    Object.defineProperty({}, name, { enumerable: true, get: boom })
  )
]

export const valid = () => ({
  name: "hall",
  amount: 1,
  unit: "kWh",
  since: "2025-01-01T00:00:00Z",
  tags: ["a"],
  site: { area: 1, rooms: { hall: 1 } },
  either: { kind: "a", a: 1 },
  any: 1
})

/** A valid input with a field replaced, removed or added, or something else instead. */
export const malformed = (next: () => number): unknown => {
  const pick = <A>(all: ReadonlyArray<A>): A => all[Math.floor(next() * all.length)]!
  const strange = pick(exotic)()
  if (next() < 0.15) return strange
  const input: Record<string, unknown> = valid()
  for (let change = 0; change <= next() * 2; change++) {
    const field = pick(Object.keys(input))
    const kind = next()
    const set = (field: string, value: unknown) =>
      Object.defineProperty(input, field, { enumerable: true, configurable: true, writable: true, value })
    if (kind < 0.1) delete input[field]
    else if (kind < 0.2) set(`more ${change}`, strange)
    else if (kind < 0.3) Object.defineProperty(input, field, { enumerable: true, configurable: true, get: boom })
    else if (kind < 0.5) set("site", { area: 1, rooms: strange })
    else if (kind < 0.6) set("tags", ["a", strange])
    else set(field, strange)
  }
  if (next() < 0.9) return input
  const trap = pick(traps)
  return new Proxy(input, next() < 0.5 ? {} : { [trap]: late(1 + Math.floor(next() * 4), next() < 0.5) })
}
