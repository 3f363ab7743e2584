/**
 * Dictionaries of COMPRESSION CALL made from a tree of strings, by a builder of their own, and the symbol
 * that a text must begin with, found in the tree.
 */
import type { Prng } from "../../../../src/engine/base/prng.ts";

export interface Node {
  /** First character and extension characters. */
  readonly own: readonly number[];
  readonly text: readonly number[];
  readonly children: Node[];
  index: number;
  readonly parent: Node | undefined;
}

export interface TreeOptions {
  /** Number of entries: 512 to 8192. */
  readonly size: number;
  readonly hasLongDescriptors: boolean;
}

const LETTERS = 40;
const isLeaf = (node: Node): boolean => node.children.length === 0 && node.own.length === 1;

/** A random tree over the first letters: up to 60 children, extensions, characters that occur twice. */
function grow(random: Prng, size: number): Node[] {
  const roots = Array.from({ length: 256 }, (_, c): Node => ({
    own: [c], text: [c], children: [], index: c, parent: undefined,
  }));
  const open = roots.slice(0, LETTERS);
  // Every seventh entry is left for sibling descriptors.
  for (let left = Math.floor(((size - 256) * 5) / 7); left > 0 && open.length > 0; ) {
    const [parent] = open.splice(random.below(open.length), 1) as [Node];
    const most = [1, 4, 5, 6, 12, 20, 60][random.below(7)]!;
    const count = Math.min(left, most, 250 - parent.text.length, 1 + random.below(most));
    for (let i = 0, character = 0; i < count && character < LETTERS; i++) {
      const isTwin = i > 0 && parent.children.at(-1)!.own.length > 1 && random.below(2) === 0;
      if (!isTwin) character += 1 + random.below(2);
      const count = random.below(3) ? 0 : random.below(5);
      const extension = Array.from({ length: count }, () => random.below(LETTERS));
      const own = [character, ...extension];
      const node = { own, text: [...parent.text, ...own], children: [], index: 0, parent };
      parent.children.push(node);
      open.push(node);
      left--;
    }
  }
  return roots;
}

/** Both dictionaries, and every node by its index. */
export class CompressionTree {
  readonly roots: readonly Node[];
  readonly bytes: Uint8Array;
  readonly nodes = new Map<number, Node>();
  private readonly options: TreeOptions;
  private next = 256;

  constructor(random: Prng, options: TreeOptions) {
    this.options = options;
    this.roots = grow(random, options.size);
    this.bytes = new Uint8Array(options.size * 16);
    for (let open: Node[] = [...this.roots]; open.length > 0; open = open.flatMap((node) => node.children))
      for (const node of open) this.place(node, random);
  }

  private put(index: number, bytes: readonly number[], inExpansion = false): void {
    this.bytes.set(bytes, (index + (inExpansion ? this.options.size : 0)) * 8);
  }

  private place(node: Node, random: Prng): void {
    this.nodes.set(node.index, node);
    this.putExpansion(node, random);
    const extension = node.own.slice(1);
    // Entries with several children have room for one extension character only.
    if (node.children.length > 1 && extension.length > 1) node.children.length = 1;
    const { children } = node;
    const room = children.length > 1 ? 5 - extension.length : 1;
    const inline = children.slice(0, room);
    const rest = children.slice(room);
    const first = this.next;
    for (const child of inline) child.index = this.next++;
    const examinedLast = this.putSiblings(rest);
    const count = inline.length + (rest.length > 0 ? 1 : 0);
    const examined = inline.reduce((bits, child, i) => bits | (isLeaf(child) ? 0 : 0x10 >> i), 0);
    const controls = count <= 1 ? extension.length : examinedLast * 2 + extension.length;
    this.put(node.index, [
      (count << 5) | examined, (controls << 5) | (first >> 8), first & 0xff, ...extension,
      ...inline.map((child) => child.own[0]!),
    ]);
  }

  /** Sibling descriptors; answers the examine-child bits that the parent keeps. */
  private putSiblings(all: readonly Node[]): number {
    const { hasLongDescriptors: isLong } = this.options;
    const capacity = isLong ? 14 : 7;
    const bitCount = isLong ? 12 : 5;
    let examinedLast = 0;
    for (let from = 0; from < all.length; from += capacity) {
      const at = this.next++;
      const siblings = all.slice(from, from + capacity);
      for (const sibling of siblings) sibling.index = this.next++;
      const bit = (i: number): number => (siblings[i] && !isLeaf(siblings[i]) ? 1 : 0);
      if (from === 0) examinedLast = bit(bitCount) * 2 + bit(bitCount + 1);
      const bits = Array.from({ length: bitCount }, (_, i) => bit(i)).reduce((sum, one) => sum * 2 + one, 0);
      const hasMore = from + capacity < all.length;
      const count = hasMore ? (isLong ? 15 : 0) : siblings.length;
      const characters = siblings.map((sibling) => sibling.own[0]!);
      if (!isLong) this.put(at, [(count << 5) | bits, ...characters]);
      else {
        this.put(at, [(count << 4) | (bits >> 8), bits & 0xff, ...characters.slice(0, 6)]);
        this.put(at, characters.slice(6), true);
      }
    }
    return examinedLast;
  }

  /** Short strings stand alone or after their parent's, as chance will have it. */
  private putExpansion({ own, text, index, parent }: Node, random: Prng): void {
    const isAlone = !parent || (text.length <= 7 && random.below(2) === 0);
    if (isAlone) return this.put(index, [text.length, ...text], true);
    const offset = parent.text.length;
    const characters = [...own, 0, 0, 0, 0].slice(0, 5);
    const head = [(own.length << 5) | (parent.index >> 8), parent.index & 0xff];
    this.put(index, [...head, ...characters, offset], true);
  }

  /** The node whose string the characters from `at` on begin with, as the tree is searched. */
  longest(text: readonly number[], at: number): Node {
    let node = this.roots[text[at]!]!;
    for (;;) {
      const from = at + node.text.length;
      const child = node.children.find(({ own }) => own.every((c, i) => text[from + i] === c));
      if (!child) return node;
      node = child;
    }
  }
}
