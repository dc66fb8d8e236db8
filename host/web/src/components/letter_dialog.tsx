import { getLetter, type Letter } from '../api';
import { NONE, dateTime } from '../format';
import { useAsked } from '../use_asked';
import { Dialog } from './dialog';
import { Fact } from './fact';
import { Problem } from './problem';
import { ScrollRegion } from './scroll_region';

export function LetterDialog({ connector, letter, onClose }: { connector: string; letter: string; onClose: () => void }) {
  const asked = useAsked(() => getLetter(connector, letter), letter);
  return (
    <Dialog title={`Dead letter ${letter}`} wide onClose={onClose}>
      <Problem message={asked.problem} />
      {!asked.value && asked.problem === '' && <p>Reading it.</p>}
      {asked.value && <Content letter={asked.value} />}
    </Dialog>
  );
}

// Key and value stand as they are: put in order by JSON.parse, a large number would not be the one that was sent.
function Content({ letter }: { letter: Letter }) {
  return (
    <>
      <dl class="figures">
        <Fact name="Record" value={letter.origin ?? NONE} />
        <Fact name="Time" value={dateTime(letter.timestamp_ms)} />
        <Fact name="Code" value={letter.code || 'none'} />
        <Fact name="Column" value={letter.column || 'none'} />
      </dl>
      <h3>Reason</h3>
      <p class="reason">{letter.reason || 'none given'}</p>
      <h3>Key</h3>
      <Text text={letter.key} />
      <h3>Value</h3>
      <Text text={letter.value} />
      <h3>Headers</h3>
      {letter.headers.length === 0 ? <p>None.</p> : <Headers headers={letter.headers} />}
    </>
  );
}

function Text({ text }: { text: string | null }) {
  return text === null ? <p>null</p> : <pre class="trace">{text}</pre>;
}

function Headers({ headers }: { headers: Letter['headers'] }) {
  return (
    <ScrollRegion label="Headers">
      <table>
        <caption>
          <span class="unseen">The headers of the letter</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {headers.map(([name, value], i) => (
            // A name may be there more than once.
            <tr key={i}>
              <th scope="row">{name}</th>
              <td class="reason">{value ?? 'null'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
