/**
 * Where the boxes of a drawing stand, and how its arrows run: in columns, each box behind all that it waits for.
 */

/**
 * A box of a given size. `after` are the indices of the boxes that it waits for, all of which stand before it in the list.
 *
 * @category models
 */
export interface Box {
  readonly width: number
  readonly height: number
  readonly after: ReadonlyArray<number>
}

/** @category models */
export interface Place {
  readonly x: number
  readonly y: number
}

/** Where an arrow goes: straight from the first place to the second, in a curve to the third, straight again. @category models */
export interface Arrow {
  readonly from: number
  readonly to: number
  readonly points: ReadonlyArray<Place>
}

/** @category models */
export interface Layout {
  readonly width: number
  readonly height: number
  /** The upper left corner of each box. */
  readonly places: ReadonlyArray<Place>
  readonly arrows: ReadonlyArray<Arrow>
}

/** Between two columns. */
const across = 44
/** Between two boxes of a column. */
const between = 16
/** Arrows that pass a column get a lane of their own there, as long as there are not more lanes than this. */
const mostLanes = 10_000

/** What stands in a column: a box, or the lane of an arrow that passes it. */
interface Item {
  readonly column: number
  readonly width: number
  readonly height: number
  readonly before: Array<Item>
  readonly behind: Array<Item>
  /** Where its middle is, from the top. */
  y: number
}

/**
 * The column of a box is the length of the longest way to it. Within its column it stands near what it is joined to. The
 * same boxes always get the same places.
 *
 * ```ts
 * import * as GraphLayout from "greenlang/render/GraphLayout"
 *
 * const size = { width: 100, height: 40 }
 * const { places } = GraphLayout.make([{ ...size, after: [] }, { ...size, after: [0] }, { ...size, after: [0, 1] }])
 * places.map(({ x }) => x) // => [0, 144, 288]
 * ```
 *
 * @category constructors
 */
export const make = (boxes: ReadonlyArray<Box>): Layout => {
  const columnOf: Array<number> = []
  for (const { after } of boxes) columnOf.push(Math.max(-1, ...after.map((at) => columnOf[at]!)) + 1)
  const columns: Array<Array<Item>> = Array.from({ length: Math.max(-1, ...columnOf) + 1 }, () => [])
  const add = (column: number, width: number, height: number): Item => {
    const item = { column, width, height, before: [], behind: [], y: 0 }
    columns[column]!.push(item)
    return item
  }
  const join = (from: Item, to: Item) => {
    from.behind.push(to)
    to.before.push(from)
  }

  const items = boxes.map(({ height, width }, at) => add(columnOf[at]!, width, height))
  const lanes = boxes.reduce(
    (sum, { after }, at) => after.reduce((sum, from) => sum + columnOf[at]! - columnOf[from]! - 1, sum),
    0
  )
  const ways = boxes.flatMap(({ after }, to) =>
    Array.from(new Set(after), (from) => {
      const way = [items[from]!]
      if (lanes <= mostLanes) {
        for (let column = columnOf[from]! + 1; column < columnOf[to]!; column++) way.push(add(column, 0, 0))
      }
      way.push(items[to]!)
      for (let at = 1; at < way.length; at++) join(way[at - 1]!, way[at]!)
      return { from, to, way }
    })
  )

  sort(columns)
  place(columns)
  const widths = columns.map((column) => Math.max(...column.map(({ width }) => width)))
  const lefts = [0]
  widths.forEach((width, at) => lefts.push(lefts[at]! + width + across))
  const top = Math.min(...columns.flat().map(({ height, y }) => y - height / 2), Infinity)
  const bottom = Math.max(...columns.flat().map(({ height, y }) => y + height / 2), -Infinity)
  const round = (n: number) => Math.round(n * 10) / 10
  return {
    width: Math.max(0, round(lefts.at(-1)! - across)),
    height: boxes.length === 0 ? 0 : round(bottom - top),
    places: items.map(({ column, height, y }) => ({ x: round(lefts[column]!), y: round(y - height / 2 - top) })),
    arrows: ways.map(({ from, to, way }) => ({
      from,
      to,
      points: way.flatMap(({ column, width, y }, at) => {
        const [from, through, to] = [lefts[column]!, lefts[column]! + width, lefts[column]! + widths[column]!]
        const ends = at === 0 ? [through, to] : at === way.length - 1 ? [from] : [from, to]
        return ends.map((x) => ({ x: round(x), y: round(y - top) }))
      })
    }))
  }
}

/**
 * Boxes that do not wait for each other, such as the items of a list, in rows.
 *
 * @category constructors
 */
export const grid = (boxes: ReadonlyArray<Pick<Box, "width" | "height">>): Layout => {
  const perRow = Math.ceil(Math.sqrt(boxes.length / 2))
  const width = Math.max(0, ...boxes.map(({ width }) => width)) + between
  const places: Array<Place> = []
  let y = 0
  for (let from = 0; from < boxes.length; from += perRow) {
    const row = boxes.slice(from, from + perRow)
    row.forEach((_, at) => places.push({ x: at * width, y }))
    y += Math.max(...row.map(({ height }) => height)) + between
  }
  return {
    width: Math.max(0, perRow * width - between),
    height: Math.max(0, y - between),
    places,
    arrows: []
  }
}

/** Puts what is joined to neighbouring places of neighbouring columns, so that few arrows cross. */
const sort = (columns: ReadonlyArray<Array<Item>>) => {
  const rank = new Map<Item, number>()
  const note = (column: ReadonlyArray<Item>) => column.forEach((item, at) => rank.set(item, at / column.length))
  columns.forEach(note)
  for (let sweep = 0; sweep < 8; sweep++) {
    const forward = sweep % 2 === 0
    for (const column of forward ? columns : columns.toReversed()) {
      const wish = new Map(column.map((item) => {
        const joined = forward ? item.before : item.behind
        return [item, mean(joined.map((one) => rank.get(one)!)) ?? rank.get(item)!]
      }))
      column.sort((a, b) => wish.get(a)! - wish.get(b)!)
      note(column)
    }
  }
}

/** Moves each item towards what it is joined to, as far as the ones above and below it let it. */
const place = (columns: ReadonlyArray<ReadonlyArray<Item>>) => {
  for (const column of columns) settle(column, column.map(() => 0))
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) {
      settle(column, column.map((item) => mean([...item.before, ...item.behind].map(({ y }) => y)) ?? item.y))
    }
  }
}

/**
 * The places closest to the wishes at which nothing overlaps: wishes that are out of order are met by their mean (pool
 * adjacent violators).
 */
const settle = (column: ReadonlyArray<Item>, wishes: ReadonlyArray<number>) => {
  const offsets: Array<number> = []
  column.forEach(({ height }, at) => {
    const above = column[at - 1]
    offsets.push(above === undefined ? 0 : offsets[at - 1]! + (above.height + height) / 2 + between)
  })
  const blocks: Array<{ sum: number; count: number }> = []
  wishes.forEach((wish, at) => {
    let block = { sum: wish - offsets[at]!, count: 1 }
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.count <= block.sum / block.count) break
      blocks.pop()
      block = { sum: last.sum + block.sum, count: last.count + block.count }
    }
    blocks.push(block)
  })
  let at = 0
  for (const { count, sum } of blocks) {
    for (let left = count; left > 0; left--, at++) column[at]!.y = sum / count + offsets[at]!
  }
}

const mean = (numbers: ReadonlyArray<number>): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((sum, n) => sum + n, 0) / numbers.length
