// How the lines of a chart differ: by colour, and for those who do not see it, by their dashes.
export const DASHES: number[][] = [[], [6, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4], [1, 2], [9, 3, 2, 3, 2, 3]];

// The custom property of style.css that holds the colour.
export function strokeOf(line: number): string {
  return `--line-${line % DASHES.length}`;
}
