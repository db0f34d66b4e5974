/**
 * The page of a run as a reader meets it, in Chromium.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Browser, Page } from "playwright-core"
import { run } from "../support/Binary.ts"
import * as Chromium from "../support/Chromium.ts"

const steps = [
  "fuels",
  "fuel emissions",
  "fuel emissions / 0",
  "fuel emissions / 1",
  "electricity",
  "electricity emissions",
  "electricity emissions / 0",
  "sources",
  "carbon",
  "explanation",
  "report"
]

const names = steps.map((path) => path.split(" / ").at(-1)!)

let folder: string
let browser: Browser
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "greenlang-report-"))
  const file = join(folder, "out.html")
  const facility = join(import.meta.dirname, "../../examples/facility.json")
  const { code, stderr } = await run(["run", "Footprint", "--input", facility, "--report", file])
  assert.strictEqual(code, 0, stderr)
  url = pathToFileURL(file).href
  browser = await Chromium.launch()
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Shows the page, and fails where it asks for anything or complains of anything. */
const open = async (
  use: (page: Page) => Promise<void>,
  options: { readonly colorScheme?: "light" | "dark"; readonly width?: number } = {}
) => {
  const { colorScheme = "light", width = 1280 } = options
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } })
  const asked: Array<string> = []
  const complaints: Array<string> = []
  try {
    const page = await context.newPage()
    page.on("request", (request) => asked.push(request.url()))
    page.on("console", (message) => complaints.push(message.text()))
    page.on("pageerror", (error) => complaints.push(error.message))
    await page.route("**/*", (route) => route.request().url() === url ? route.continue() : route.abort())
    await page.goto(url)
    await use(page)
  } finally {
    await context.close()
  }
  assert.deepStrictEqual([...new Set(asked.map((asked) => asked.split("#")[0]))], [url])
  assert.deepStrictEqual(complaints, [])
}

const boxesOf = (page: Page) =>
  page.locator(".waterfall li").evaluateAll((rows) =>
    rows.map((row) => ({
      name: row.querySelector(".name")!.textContent,
      width: row.querySelector(".bar")!.getBoundingClientRect().width,
      left: row.querySelector(".bar")!.getBoundingClientRect().left
    }))
  )

/**
 * Runs in the page: the ratio of the luminances of each text and what it stands on, as WCAG 2 has it, where it is too low.
 */
const tooFaint = String.raw`(() => {
  const parse = (color) => (/rgba?\(([^)]+)\)/.exec(color)?.[1] ?? "0,0,0,0").split(",").map(Number)
  const luminance = (color) => {
    const [r, g, b] = parse(color).map((channel) => {
      const part = channel / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element) => {
    if (element === null) return "rgb(255, 255, 255)"
    const box = element.closest("a.box, g.input")
    const fill = box === null ? "none" : getComputedStyle(box.querySelector("rect")).fill
    if (fill !== "none") return fill
    const { backgroundColor } = getComputedStyle(element)
    return parse(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const faint = []
  let met = 0
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    const element = text.parentElement
    if (text.textContent.trim() === "" || element.closest("title") !== null) continue
    const { color, fill } = getComputedStyle(element)
    const [one, other] = [luminance(element instanceof SVGElement ? fill : color), luminance(groundOf(element))]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    if (ratio < 4.5) faint.push(text.textContent.trim().slice(0, 40) + ": " + ratio.toFixed(2))
    met++
  }
  return { faint, met }
})()`

/** Runs in the page: what has the focus, and how wide the ring around it is. */
const focused = `(() => {
  const element = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const ring = element.matches("svg a")
    ? getComputedStyle(element.querySelector("rect")).strokeWidth
    : outlineStyle === "none" ? "0" : outlineWidth
  return {
    text: element.textContent.trim(),
    tag: element.tagName.toLowerCase(),
    section: element.closest("section, nav")?.getAttribute("id") ?? "",
    ring: Number.parseFloat(ring)
  }
})()`

interface Focused {
  readonly text: string
  readonly tag: string
  readonly section: string
  readonly ring: number
}

const ground = "getComputedStyle(document.documentElement).backgroundColor"

describe("HtmlReport in a browser", () => {
  it("draws every step, in the drawing, the waterfall, the table and in full", () =>
    open(async (page) => {
      const drawn = await page.locator("svg.graph a .label").allTextContents()
      assert.deepStrictEqual(drawn.toSorted(), names.toSorted())
      assert.deepStrictEqual(await page.locator(".waterfall .name").allTextContents(), names)
      assert.deepStrictEqual(await page.locator("[aria-label='Steps'] tbody th").allTextContents(), steps)
      assert.strictEqual(await page.locator("details.step").count(), steps.length)
      // a paragraph with a block in it would be torn into empty ones
      assert.strictEqual(await page.locator("p:empty").count(), 0)
      // what is drawn is seen: no box lies on another
      const boxes = await page.locator("svg.graph a:not(.outer) > rect").evaluateAll((all) =>
        all.map((box) => box.getBoundingClientRect()).map(({ bottom, left, right, top }) => ({
          bottom,
          left,
          right,
          top
        }))
      )
      for (const [at, one] of boxes.entries()) {
        for (const other of boxes.slice(at + 1)) {
          const apart = one.right <= other.left || other.right <= one.left || one.bottom <= other.top
            || other.bottom <= one.top
          assert.isTrue(apart)
        }
      }
    }))

  it("makes the longest bar that of the longest step, and all of them to scale", () =>
    open(async (page) => {
      const bars = await boxesOf(page)
      const took = await page.locator("[aria-label='Steps'] tbody tr").evaluateAll((rows) =>
        rows.map((row) => {
          const titles = Array.from(row.closest("table")!.tHead!.rows[0]!.cells, ({ textContent }) => textContent)
          const [number = "0", unit] = row.children[titles.indexOf("Took")]!.textContent.split(" ")
          return Number(number) * (unit === "s" ? 1000 : 1)
        })
      )
      const longest = <A>(all: ReadonlyArray<A>, size: (item: A) => number) =>
        all.reduce((best, one, at) => size(one) > size(all[best]!) ? at : best, 0)
      const at = longest(took, (millis) => millis)
      assert.deepStrictEqual(bars.map(({ name }) => name), names)
      // The times of the table are rounded: several steps may have taken the longest one.
      assert.strictEqual(took[longest(bars, ({ width }) => width)], took[at])
      // twice as long is twice as wide, but for what cannot be seen
      for (const [other, { width }] of bars.entries()) {
        assert.closeTo(width, Math.max(3, bars[at]!.width * took[other]! / took[at]!), bars[at]!.width * 0.05 + 1)
      }
      // a step starts where the last one that it waits for has ended, or later
      const [first, second] = [bars[steps.indexOf("carbon")]!, bars[steps.indexOf("explanation")]!]
      assert.isAtLeast(second.left + 1, first.left + first.width - 3)
    }))

  it("is reached by keyboard, section by section, with a focus that can be seen", () =>
    open(async (page) => {
      const met: Array<Focused> = []
      for (;;) {
        await page.keyboard.press("Tab")
        const now = await page.evaluate<Focused>(focused)
        if (now.tag === "body") break
        met.push(now)
        assert.isAtLeast(now.ring, 2, `${now.tag} ${now.text.slice(0, 30)}`)
      }
      assert.strictEqual(met[0]!.text, "Skip to the content")
      const titles = await page.locator("nav a").allTextContents()
      assert.includeMembers(titles, ["Answer", "Pipeline", "Times", "Steps", "Input", "Citations", "Language models"])
      assert.deepStrictEqual(met.slice(1, titles.length + 1).map(({ text }) => text), titles)
      const reached = new Set(met.map(({ section }) => section))
      assert.includeMembers([...reached], ["answer", "pipeline", "times", "steps", "input", "citations"])
      assert.strictEqual(
        met.filter(({ section, tag }) => section === "steps" && tag === "summary").length,
        steps.length
      )
    }))

  it("opens a step that is gone to", () =>
    open(async (page) => {
      const step = page.locator("details.step").nth(steps.indexOf("carbon"))
      assert.isNull(await step.getAttribute("open"))
      await page.locator(".waterfall .name", { hasText: /^carbon$/ }).focus()
      await page.keyboard.press("Enter")
      await page.locator("details.step[open]").waitFor()
      const text = await step.innerText()
      assert.include(text, "Waits for sources, the input. Runs CarbonAgent 1.0.0.")
      assert.include(text, "59,191.58 kg CO2e")
    }))

  it("leads from each published factor to the steps that used it", () =>
    open(async (page) => {
      const gas = page.locator("[aria-label='Published factors'] tbody tr", { hasText: "natural_gas" }).first()
      assert.deepStrictEqual((await gas.locator("th, td").allTextContents()).map((text) => text.trim()), [
        "natural_gas",
        "5.31143",
        "kg CO2e/therm",
        "US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2)",
        "2025",
        "public domain",
        "US, AR6, EPA Hub 2025, primary",
        "fuel emissions / 0"
      ])
      await gas.locator("a").click()
      await page.locator("details.step[open]").waitFor()
      assert.include(await page.locator("details.step[open] summary").innerText(), "fuel emissions / 0")
    }))

  for (const colorScheme of ["light", "dark"] as const) {
    it(`can be read in ${colorScheme}: every text meets WCAG AA`, () =>
      open(async (page) => {
        await page.locator("details").evaluateAll((all) => all.forEach((details) => details.setAttribute("open", "")))
        const { faint, met } = await page.evaluate<{ readonly faint: ReadonlyArray<string>; readonly met: number }>(
          tooFaint
        )
        assert.deepStrictEqual(faint, [])
        assert.isAbove(met, 200)
      }, { colorScheme }))
  }

  it("is dark where the reader wants it dark", async () => {
    const grounds: Array<string> = []
    for (const colorScheme of ["light", "dark"] as const) {
      await open(async (page) => {
        grounds.push(await page.evaluate<string>(ground))
      }, { colorScheme })
    }
    const [light = 0, dark = 0] = grounds.map((color) => Number(/\d+/.exec(color)?.[0]))
    assert.isAbove(light, 200)
    assert.isBelow(dark, 60)
  })

  it("shows all on paper, and no dark ground", () =>
    open(async (page) => {
      const shown = () =>
        page.locator("details.step > div").evaluateAll((all) => all.filter((one) => one.checkVisibility()).length)
      assert.strictEqual(await shown(), 0)
      await page.emulateMedia({ media: "print", colorScheme: "dark" })
      assert.strictEqual(await shown(), steps.length)
      assert.isTrue(await page.locator(".more .text").first().isVisible())
      assert.isFalse(await page.locator(".more .cut").first().isVisible())
      assert.isFalse(await page.locator("nav").isVisible())
      assert.strictEqual(
        await page.evaluate<string>(ground),
        "rgb(255, 255, 255)"
      )
      await page.setViewportSize({ width: 688, height: 1000 }) // an A4 page without its margins
      assert.isAtMost(await page.evaluate<number>("document.documentElement.scrollWidth"), 688)
      assert.isAbove((await page.pdf({ format: "A4" })).length, 10_000)
    }, { colorScheme: "dark" }))

  it("fits a narrow screen", () =>
    open(async (page) => {
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth")
      assert.isAtMost(wide, 360)
      const bars = await boxesOf(page)
      assert.isAbove(Math.max(...bars.map(({ width }) => width)), 40)
    }, { width: 360 }))
})
