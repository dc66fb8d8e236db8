import type { LetterLine } from '../api';
import { NONE, dateTime } from '../format';
import { Button } from './button';
import { Pager, usePages } from './pager';
import { Table } from './table';

interface Props {
  letters: LetterLine[];
  mayAct: boolean; // select and open: the host shows what is in a letter to admins only
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  onOpen: (letter: string) => void;
}

export function LetterTable({ letters, mayAct, selected, onSelect, onOpen }: Props) {
  const pages = usePages(letters);
  const names = pages.shown.map((letter) => letter.letter);
  const mark = (which: string[], on: boolean) => {
    const next = new Set(selected);
    for (const letter of which) {
      if (on) next.add(letter);
      else next.delete(letter);
    }
    onSelect(next);
  };
  const all = (
    <input
      type="checkbox"
      aria-label="Select all that are shown"
      checked={names.every((name) => selected.has(name))}
      onChange={(event) => mark(names, event.currentTarget.checked)}
    />
  );
  return (
    <>
      <Table
        label="Dead letters"
        caption="Each dead letter with the record that it came from, and why it was refused"
        columns={[...(mayAct ? [all] : []), 'Letter', 'Time', 'Record', 'Code', 'Column', 'Reason']}
      >
        {pages.shown.map((letter) => (
          <tr key={letter.letter}>
            {mayAct && (
              <td>
                <input
                  type="checkbox"
                  aria-label={`Select ${letter.letter}`}
                  checked={selected.has(letter.letter)}
                  onChange={(event) => mark([letter.letter], event.currentTarget.checked)}
                />
              </td>
            )}
            <th scope="row">
              {mayAct ? (
                <Button label={`Open ${letter.letter}`} onClick={() => onOpen(letter.letter)}>
                  {letter.letter}
                </Button>
              ) : (
                letter.letter
              )}
            </th>
            <td>{dateTime(letter.timestamp_ms)}</td>
            <td>{letter.origin ?? NONE}</td>
            <td>{letter.code || 'none'}</td>
            <td>{letter.column || 'none'}</td>
            <td class="reason">{letter.reason || 'none given'}</td>
          </tr>
        ))}
      </Table>
      <Pager of={pages} what="dead letters" />
    </>
  );
}
