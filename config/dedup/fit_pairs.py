#!/usr/bin/env python3
"""fit_pairs.py KAZBEK NAME=ITEMS.jsonl,PAIRS.tsv[,WEIGHT] ... [--all] [--write config/dedup/pairs.toml]

Fits the weights of config/dedup/pairs.toml to labelled pairs.

ITEMS.jsonl   items as `kazbek dedup` takes them; all of a stream, since a word counts by how rare it is in the window
PAIRS.tsv     `a b label`: two ids and `copy` (one text), `same` (one event, two texts), `different`; or `event` (one event,
              perhaps one text) and `not-copy` (two texts, perhaps one event), if no more is known
WEIGHT        how much a pair of this set counts, 1 if not given

`kazbek dedup --pairs` gives the features of every two items that were compared; a labelled pair that was not compared,
or that a rule without weights decides, teaches nothing. Odd pairs (the first, the third, ...) are fitted, and both
halves are printed. With --all every pair is fitted, after the halves were printed.

The model is a logistic regression with a penalty on the squares of the weights. The signs of the weights are given:
what two items share speaks for one event and what sets them apart speaks against it, whatever a sample may say.
Python 3.8 or later, nothing else."""
import argparse, csv, json, math, subprocess

# Speaks against. All other features speak for.
AGAINST = {
    'headline': {'added', 'added_to_both', 'replaced', 'reworded', 'events_reworded', 'reworded_and_changed', 'moved',
                 'short_with_a_fact_more', 'speaker_added', 'apart'},
    'event': {'numbers_differ', 'numbers_grown', 'template_of_names', 'template_of_numbers', 'series', 'next_of_one_outlet', 'places_differ',
              'places_replaced', 'names_replaced', 'ideas_replaced', 'denied', 'reacted', 'planned', 'turned', 'apart'},
}
# May do either.
EITHER = {'headline': set(), 'event': {'two_alphabets', 'summary'}}
YES = {'headline': {'copy'}, 'event': {'copy', 'same', 'event'}}
NO = {'headline': {'same', 'different', 'not-copy'}, 'event': {'different'}}
DECIDED = {'headline': ('near_duplicate', 0.7), 'event': ('same_story', 0.5)}


def examples(kazbek, spec):
    """Returns (number of the pair, weight, label, found) for each labelled pair that was compared."""
    items, pairs, *weight = spec.split('=', 1)[1].split(',')
    weight = float(weight[0]) if weight else 1.0
    with open(pairs, encoding='utf8', newline='') as f:
        rows = list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))
    number = {frozenset((row['a'], row['b'])): n for n, row in enumerate(rows)}
    found = []
    with subprocess.Popen([kazbek, 'dedup', '--pairs', items], stdout=subprocess.PIPE, text=True, encoding='utf8') as run:
        for line in run.stdout:
            a, b = line.split(',', 2)[:2]
            n = number.get(frozenset((json.loads(a.split(':', 1)[1]), json.loads(b.split(':', 1)[1]))))
            if n is not None:
                found.append((n, weight, rows[n]['label'], json.loads(line)))
    print(f"{spec.split('=', 1)[0]}: {len(found)} of {len(rows)} pairs were compared")
    return found


def fit(rows, names, decision, penalty, steps=1500):
    """Adam on the log loss; a weight that leaves its side of zero is set back to it."""
    n = len(names)
    w, m, v = [0.0] * (n + 1), [0.0] * (n + 1), [0.0] * (n + 1)
    total = sum(weight for weight, _, _ in rows)
    for step in range(1, steps + 1):
        g = [0.0] * (n + 1)
        for weight, y, x in rows:
            z = w[n] + sum(a * b for a, b in zip(w, x))
            e = weight * (1 / (1 + math.exp(-max(-30.0, min(30.0, z)))) - y)
            for k, value in x_nonzero(x):
                g[k] += e * value
            g[n] += e
        rate = 0.1 if step < steps * 2 // 3 else 0.02
        for k in range(n + 1):
            d = g[k] / total + (penalty * w[k] / total if k < n else 0.0)
            m[k] = 0.9 * m[k] + 0.1 * d
            v[k] = 0.999 * v[k] + 0.001 * d * d
            w[k] -= rate * (m[k] / (1 - 0.9 ** step)) / (math.sqrt(v[k] / (1 - 0.999 ** step)) + 1e-8)
            if k < n and names[k] not in EITHER[decision]:
                w[k] = min(w[k], 0.0) if names[k] in AGAINST[decision] else max(w[k], 0.0)
    return w


def x_nonzero(x):
    return [(k, value) for k, value in enumerate(x) if value]


def score(w, x):
    return 1 / (1 + math.exp(-(w[-1] + sum(a * b for a, b in zip(w, x)))))


def figures(scored, threshold):
    tp = sum(s >= threshold and y == 1 for s, y in scored)
    fp = sum(s >= threshold and y == 0 for s, y in scored)
    fn = sum(s < threshold and y == 1 for s, y in scored)
    p, r = tp / (tp + fp) if tp + fp else 1.0, tp / (tp + fn) if tp + fn else 1.0
    return f'precision {p:.3f} recall {r:.3f} F1 {2 * p * r / (p + r) if p + r else 0:.3f} ({tp} right, {fp} wrong, {fn} missed)'


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('kazbek')
    a.add_argument('sets', nargs='+')
    a.add_argument('--all', action='store_true')
    a.add_argument('--penalty', type=float, default=2.0)
    a.add_argument('--lean', type=float, nargs=2, default=[1.0, 2.0],
                   help='how much more two texts, and two events, count than one')
    a.add_argument('--write')
    a = a.parse_args()
    sets = {spec.split('=', 1)[0]: examples(a.kazbek, spec) for spec in a.sets}
    text = []
    for decision in ('headline', 'event'):
        key, threshold = DECIDED[decision]
        names, data = None, {}
        for name, found in sets.items():
            for n, weight, label, pair in found:
                y = 1 if label in YES[decision] else 0 if label in NO[decision] else None
                # 0 is what rules without weights say.
                if y is None or pair[key] == 0.0:
                    continue
                names = names or list(pair[decision])
                x = [pair[decision][f] for f in names]
                data.setdefault(name, []).append((n, weight * (a.lean[decision == 'event'] if y == 0 else 1.0), y, x, pair[key]))
        rows = [(weight, y, x) for found in data.values() for n, weight, y, x, _ in found if n % 2 == 0]
        w = fit(rows, names, decision, a.penalty)
        print(f'\n## {decision}: {len(rows)} pairs fitted')
        for name, found in data.items():
            for half, parity in (('fitted', 0), ('held', 1)):
                part = [row for row in found if row[0] % 2 == parity]
                print(f'{name} {half}: now    {figures([(row[4], row[2]) for row in part], threshold)}')
                print(f'{name} {half}: fitted {figures([(score(w, row[3]), row[2]) for row in part], threshold)}')
        if a.all:
            w = fit([(weight, y, x) for found in data.values() for _, weight, y, x, _ in found], names, decision, a.penalty)
        lines = [f'{name} = {weight:.2f}' for name, weight in zip(names, w)]
        text.append(f'[{decision}]\nbias = {w[-1]:.2f}\n\n[{decision}.weights]\n' + '\n'.join(lines) + '\n')
    print('\n' + '\n'.join(text))
    if a.write:
        with open(a.write, encoding='utf8') as f:
            head = f.read().split('\n[headline]', 1)[0]
        with open(a.write, 'w', encoding='utf8') as f:
            f.write(head.rstrip() + '\n\n' + '\n'.join(text))


if __name__ == '__main__':
    main()
