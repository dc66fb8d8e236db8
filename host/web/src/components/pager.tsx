import { useState } from 'preact/hooks';
import { count } from '../format';
import { Button } from './button';

const PAGE = 100;

export interface Pages<T> {
  shown: T[];
  page: number;
  pages: number;
  total: number;
  go: (page: number) => void;
}

export function usePages<T>(all: T[]): Pages<T> {
  const [wanted, setWanted] = useState(0);
  const pages = Math.max(1, Math.ceil(all.length / PAGE));
  // There may be fewer than there were.
  const page = Math.min(wanted, pages - 1);
  return { shown: all.slice(page * PAGE, (page + 1) * PAGE), page, pages, total: all.length, go: setWanted };
}

export function Pager<T>({ of, what }: { of: Pages<T>; what: string }) {
  if (of.pages === 1) return null;
  const first = of.page * PAGE + 1;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <Button off={of.page === 0} onClick={() => of.go(of.page - 1)}>
        Previous
      </Button>
      <span>
        {count(first)} to {count(first + of.shown.length - 1)} of {count(of.total)}
      </span>
      <Button off={of.page === of.pages - 1} onClick={() => of.go(of.page + 1)}>
        Next
      </Button>
    </nav>
  );
}
