import type { DdiActionStatus, DdiUrgency, DdiWindow } from '@updraft/protocols';
import type { AnswerCache } from '../../device-contact/answer-cache.ts';
import type { BoundedMemory } from '../../bounded-memory.ts';
import type { DropLog } from '../../device-contact/drop-log.ts';
import type { Stamped } from '../../device-contact/stamp-check.ts';

/** A body with what stands for it. */
export type JsonAnswer = { readonly body: string; readonly etag: string };

/** An action as a device is told of it. */
export type ToldAction = {
  /** Its wire id. */
  readonly id: number;
  readonly release: number;
  readonly urgency: DdiUrgency & DdiWindow;
  /** null: none is born. */
  readonly attemptId: number | null;
  readonly status: DdiActionStatus;
};

/** What all devices of one kind of client are told alike of a release, but for their name in its links. */
export type DescriptionTemplate = {
  /** JSON of its chunks, in pieces: the device's name stands between two of them, as an address writes it. */
  readonly pieces: readonly string[];
  /** Hex; another for another text. */
  readonly tag: string;
  /** When its links are made anew, epoch ms; null: never. */
  readonly until: number | null;
};

export type KnownPoll = Stamped & JsonAnswer;

/** What a device was told of its action, whose retrieval is noted. */
export type KnownDescription = Stamped & {
  readonly action: ToldAction;
  readonly template: DescriptionTemplate;
  /** Other clients may be told of other files. */
  readonly userAgent: string | undefined;
};

/** What the door remembers, each bounded. */
export type KnownAnswers = {
  /** What commits touched: remembered answers of that count no more. */
  readonly drops: DropLog;
  readonly polls: AnswerCache<KnownPoll>;
  /** Of polls without links, by the seconds until the next. */
  readonly idle: BoundedMemory<number, JsonAnswer>;
  /** One a device. */
  readonly descriptions: AnswerCache<KnownDescription>;
  readonly templates: BoundedMemory<string, DescriptionTemplate>;
};
