/* The claim and the write of plugins/debezium_postgres_sink/write/positions.cpp, small enough to look at every state.
 *
 * A log of BATCHES batches a partition; batch b is at offset b. Two owners each think that a partition is theirs. Either may stop for
 * ever at any step (a crash, a freeze), go on late, or claim anew (a restart, a rebalance). A person may set a position or have the
 * topic made anew, once; the database may go back, once, to what it was after some earlier commit.
 *
 * A transaction that holds a row's lock is one step to everybody else. Where a client stops in the middle it is rolled back, which is no
 * step at all; where the answer to its COMMIT is lost, it goes on without knowing.
 *
 * Checked after every commit: the rows of a partition are the batches below its position, each once, in order, of the topic that it
 * speaks of.
 *
 * Mutants, each of which has to be caught:
 *   NO_EPOCH            the compare-and-swap compares the position alone
 *   LAST_WRITER_WINS    it compares nothing
 *   READ_BEFORE_FENCE   a claim reads the position and then raises the epoch; and the compare-and-swap trusts the epoch alone, since
 *                       a compared position would catch it
 *   START_FROM_KAFKA    an owner reads from the group's commit on, where that is ahead of what it claimed
 *   ADOPT_ANY_TOPIC     a new session takes its positions on without looking at the topic's id                                      */

#ifndef PARTITIONS
#define PARTITIONS 1
#endif
#ifndef BATCHES
#define BATCHES 3
#endif
#ifndef MAX_CLAIMS
#define MAX_CLAIMS 2       /* of each owner: more show nothing new */
#endif

typedef Store {
  byte next, epoch;        /* sink_offsets.next_offset, .epoch */
  byte life;               /* sink_offsets.topic_id */
  byte rows;               /* how many there are; */
  bool wrong               /* one of them was not the next in its turn */
};
Store db[PARTITIONS];      /* what is committed */
Store standby[PARTITIONS]; /* what was, after an earlier commit */
#ifdef START_FROM_KAFKA
byte kafka[PARTITIONS];    /* the group's commit, which nobody else reads */
#endif
byte life[PARTITIONS];     /* of the topic, in Kafka */
bool went_back;            /* also the timeline, with which every older session died */

inline copy(to, from) {
  to.next = from.next; to.epoch = from.epoch; to.life = from.life; to.rows = from.rows; to.wrong = from.wrong
}

/* All partitions at once: there is one log of commits. */
inline committed(p) {
  assert(!db[p].wrong && db[p].rows == db[p].next);
  if
  :: !went_back -> for (i : 0 .. PARTITIONS - 1) { copy(standby[i], db[i]) }
  :: true
  fi;
  i = 0
}

#if defined(NO_EPOCH)
#define MATCHES(p) (db[p].next == next)
#elif defined(LAST_WRITER_WINS)
#define MATCHES(p) true
#elif defined(READ_BEFORE_FENCE)
#define MATCHES(p) (db[p].epoch == epoch)
#else
#define MATCHES(p) (db[p].epoch == epoch && db[p].next == next)
#endif

#ifdef ADOPT_ANY_TOPIC
#define SAME_TOPIC(p) true
#else
#define SAME_TOPIC(p) (db[p].life == mine)
#endif

proctype owner(byte p) {
  byte epoch, next, mine, claims, i;
#ifdef START_FROM_KAFKA
  byte from;               /* where it reads, which is else what the claim said */
#else
#define from next
#endif
  bool session;            /* begun before the database went back, or after */

claim:
  atomic {
    if
    :: claims == MAX_CLAIMS -> goto gone
    :: else -> claims++
    fi;
#ifdef READ_BEFORE_FENCE
    next = db[p].next; mine = db[p].life
  };
  atomic {
    session = went_back; db[p].epoch++; epoch = db[p].epoch;
#else
    session = went_back; db[p].epoch++; epoch = db[p].epoch; next = db[p].next; mine = db[p].life;
#endif
#ifdef START_FROM_KAFKA
    from = (kafka[p] > next -> kafka[p] : next);
#endif
    committed(p)
  };

  /* The topic's id against the stored one: another life stops the task for a person. Then the batch is built. */
build:
  if
  :: atomic { from == BATCHES || mine != life[p] -> goto gone }
  :: atomic { from < BATCHES && mine == life[p] -> skip }
  fi;
write:
  if
  :: goto gone                              /* a crash, or a freeze for ever */
  :: goto claim                             /* a restart, or the group gave the partition back */
  :: atomic {
      session != went_back ->               /* the session died: a new one takes the positions on */
      session = went_back;
      if
      :: MATCHES(p) && SAME_TOPIC(p) -> goto write
      :: else -> goto claim
      fi
    }
  :: atomic {
      session == went_back ->
      if
      :: MATCHES(p) ->
        db[p].wrong = db[p].wrong || db[p].rows != from || db[p].life != mine;
        db[p].rows++; next = from + 1; from = next; db[p].next = next;
        committed(p);
        if
#ifdef START_FROM_KAFKA
        :: kafka[p] = next; goto build
#endif
        :: goto build
        :: goto claim                       /* the answer was lost: a claim says what is stored */
        fi
      :: else -> goto claim                 /* fenced */
      fi
    }
  fi;
gone:
  skip
}

proctype database() {
  byte i;
  atomic {
    went_back = true;
    for (i : 0 .. PARTITIONS - 1) { copy(db[i], standby[i]) }
  }
}

/* The rows are cut with the position, as by whoever loads anew; what counts is that no owner of before writes behind them. */
proctype person(byte p) {
  byte to, i;
  atomic {
    if
    :: to = 0
    :: db[p].next > 0 -> to = db[p].next - 1
    :: to = 0; life[p]++; db[p].life = life[p]
    fi;
    db[p].next = to; db[p].rows = to; db[p].epoch++;
#ifdef START_FROM_KAFKA
    kafka[p] = to;
#endif
    committed(p)
  }
}

init {
  byte i;
  atomic {
    for (i : 0 .. PARTITIONS - 1) { run owner(i); run owner(i) }
    run database();
#ifndef NO_PERSON
    run person(0)
#endif
  }
}
