// Where a partition should go on, as it is being typed, and what is sent for it.
import type { NewOffset } from './api';
import { count, dateTime } from './format';

export type Way = 'keep' | 'earliest' | 'latest' | 'offset' | 'time';

export interface Edit {
  way: Way;
  offset: string;
  time: string; // of an input of type datetime-local: in this browser's time zone
}

export const UNCHANGED: Edit = { way: 'keep', offset: '', time: '' };

export const WAYS: [Way, string][] = [
  ['keep', 'stay where it is'],
  ['earliest', 'the beginning of the log'],
  ['latest', 'the end of the log'],
  ['offset', 'an offset'],
  ['time', 'a time'],
];

export type Sent = { kind: 'none' } | { kind: 'wrong'; why: string } | { kind: 'offset'; offset: NewOffset };

export function sentFor(edit: Edit): Sent {
  if (edit.way === 'keep') return { kind: 'none' };
  if (edit.way === 'offset') return offsetOf(edit.offset.trim());
  if (edit.way === 'time') return timeOf(edit.time);
  return { kind: 'offset', offset: edit.way };
}

export function describe(offset: NewOffset): string {
  if (offset === 'earliest') return 'the beginning of the log';
  if (offset === 'latest') return 'the end of the log';
  if ('timestamp' in offset) return `the first record that is not older than ${dateTime(offset.timestamp)}`;
  return `offset ${count(offset.kafka_offset)}`;
}

function offsetOf(text: string): Sent {
  const offset = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(offset)) return { kind: 'wrong', why: 'an offset is a whole number, from 0 on' };
  return { kind: 'offset', offset: { kafka_offset: offset } };
}

function timeOf(text: string): Sent {
  const timestamp = new Date(text).getTime();
  if (text === '' || Number.isNaN(timestamp) || timestamp < 0) return { kind: 'wrong', why: 'a time needs a date and a time of the day' };
  return { kind: 'offset', offset: { timestamp } };
}
