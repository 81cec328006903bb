"""Makes tables as people have them, each with further rows to judge by, and the score of a scikit-learn pipeline on these (scores.json).

    python make.py

Made with Python 3.11, scikit-learn 1.9.1, pandas 3.0.6, pyarrow 25.0.1, NumPy 2.4.6. The pipeline is the better of a linear model and a
small network, over columns that are filled, standardized, one-hot encoded or counted by words.
"""
import json
import numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, FunctionTransformer

N, TRAIN = 800, 400
scores = {}


def judge(name, frame, label, numbers=(), categories=(), texts=(), numeric=False):
    train, test = frame.iloc[:TRAIN], frame.iloc[TRAIN:]
    steps = [(name, make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), [name]) for name in numbers]
    steps += [(name, make_pipeline(SimpleImputer(strategy='constant', fill_value='?'), OneHotEncoder(handle_unknown='ignore')), [name]) for name in categories]
    steps += [(name, CountVectorizer(binary=True), name) for name in texts]
    y, wanted = train[label], test[label]
    if numeric:
        mean, deviation = y.mean(), y.std()
        y, wanted = (y - mean) / deviation, (wanted - mean) / deviation
        models = [Ridge(), MLPRegressor(hidden_layer_sizes=(64, 32), max_iter=300, random_state=0)]
    else:
        models = [LogisticRegression(max_iter=2000), MLPClassifier(hidden_layer_sizes=(64, 32), max_iter=300, random_state=0)]
    found = [make_pipeline(ColumnTransformer(steps), model).fit(train, y).score(test, wanted) for model in models]
    scores[name] = {'score': round(max(found), 4), 'of': 'R2' if numeric else 'accuracy', 'label': label}


def gaps(frame, rng, columns, share=.05):
    for column in columns:
        frame.loc[rng.random(N) < share, column] = None
    return frame


def churn():
    rng = np.random.default_rng(1)
    f = pd.DataFrame({
        'customer_id': [f'C-{i * 7919 % 100003:06d}' for i in range(N)],
        'age': rng.integers(18, 80, N).astype(float),
        'city': rng.choice(['Paris', 'Berlin', 'Rome', 'Oslo'], N, p=[.4, .3, .2, .1]),
        'plan': rng.choice(['basic', 'pro', 'enterprise'], N),
        'active': rng.choice(['yes', 'no'], N),
        'joined': pd.Timestamp('2018-01-01') + pd.to_timedelta(rng.integers(0, 2000, N), unit='D'),
        'income': rng.normal(3000, 800, N).round(2),
    })
    logit = .12 * (f['age'] - 45) + 2 * (f['city'] == 'Rome') - 3 * (f['plan'] == 'pro') + 2.5 * (f['active'] == 'yes') + (f['income'] - 3000) / 400
    f['churned'] = np.where(logit + rng.logistic(0, .4, N) > 0, 'yes', 'no')
    gaps(f, rng, ['age', 'income', 'city'])
    for part, rows in (('churn', f.iloc[:TRAIN]), ('churn-test', f.iloc[TRAIN:])):
        rows.to_csv(f'{part}.csv', index=False, date_format='%d/%m/%Y')
    f['joined'] = (f['joined'] - pd.Timestamp(0)) / pd.Timedelta(days=1)
    judge('churn.csv', f, 'churned', ['age', 'income', 'joined'], ['city', 'plan', 'active'])


def rents():
    rng = np.random.default_rng(2)
    f = pd.DataFrame({
        'Fläche': rng.uniform(20, 150, N).round(1),
        'Zimmer': rng.integers(1, 6, N),
        'Lage': rng.choice(['Mitte', 'Rand', 'Land'], N),
        'Baujahr': rng.integers(1900, 2024, N),
        'Balkon': rng.choice(['ja', 'nein'], N),
    })
    f['Miete'] = (12.5 * f['Fläche'] + 60 * f['Zimmer'] + 300 * (f['Lage'] == 'Mitte') - 150 * (f['Lage'] == 'Land') + 80 * (f['Balkon'] == 'ja') + rng.normal(0, 60, N)).round(2)
    gaps(f, rng, ['Baujahr', 'Lage'])
    for part, rows in (('rents', f.iloc[:TRAIN]), ('rents-test', f.iloc[TRAIN:])):
        rows.to_csv(f'{part}.csv', index=False, sep=';', decimal=',', encoding='utf-8-sig', lineterminator='\r\n')
    judge('rents.csv', f, 'Miete', ['Fläche', 'Zimmer', 'Baujahr'], ['Lage', 'Balkon'], numeric=True)


def flowers():
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 3, N)
    centre = np.array([[5., 3.4, 1.5, .2], [5.9, 2.8, 4.3, 1.3], [6.6, 3., 5.6, 2.]])
    f = pd.DataFrame((centre[kind] + rng.normal(0, .35, (N, 4))).astype(np.float32), columns=['sepal length', 'sepal width', 'petal length', 'petal width'])
    f['species'] = pd.Categorical.from_codes(kind, ['setosa', 'versicolor', 'virginica'])
    for part, rows in (('flowers', f.iloc[:TRAIN]), ('flowers-test', f.iloc[TRAIN:])):
        rows.reset_index(drop=True).to_parquet(f'{part}.parquet', compression='zstd', index=False)
    judge('flowers.parquet', f, 'species', list(f.columns[:4]))


def reviews():
    rng = np.random.default_rng(4)
    good, bad, plain = 'great lovely excellent tasty friendly quick'.split(), 'awful slow cold rude bland broken'.split(), 'the food was service a place and we it had table very'.split()
    rows = []
    for i in range(N):
        is_good = rng.random() < .5
        words = list(rng.choice(plain, 6)) + list(rng.choice(good if is_good else bad, 2)) + list(rng.choice(bad if is_good else good, int(rng.random() < .2)))
        rng.shuffle(words)
        rows.append({'text': ' '.join(words).capitalize() + rng.choice(['.', '!', '...']), 'visits': int(rng.integers(1, 20)), 'stars': 'positive' if is_good else 'negative'})
    f = pd.DataFrame(rows)
    for part, rows in (('reviews', f.iloc[:TRAIN]), ('reviews-test', f.iloc[TRAIN:])):
        rows.to_json(f'{part}.jsonl.gz', orient='records', lines=True, compression={'method': 'gzip', 'mtime': 1})
    judge('reviews.jsonl.gz', f, 'stars', ['visits'], texts=['text'])


def sensors():
    rng = np.random.default_rng(5)
    state = rng.integers(0, 4, N)
    values = rng.normal(0, 1, (N, 12)) + 1.2 * rng.normal(0, 1, (4, 12))[state]
    f = pd.DataFrame(values.round(3), columns=[f'sensor_{i:02d}' for i in range(12)])
    f.insert(0, 'row', np.arange(1, N + 1))
    f['constant'] = 7
    gaps(f, rng, ['sensor_03', 'sensor_07'], .1)
    f['state'] = state
    for part, rows in (('sensors', f.iloc[:TRAIN]), ('sensors-test', f.iloc[TRAIN:])):
        rows.to_csv(f'{part}.tsv', index=False, sep='\t', na_rep='NA')
    judge('sensors.tsv', f, 'state', [f'sensor_{i:02d}' for i in range(12)])


def trips():
    rng = np.random.default_rng(6)
    f = pd.DataFrame({
        'start': pd.Timestamp('2024-03-01') + pd.to_timedelta(rng.integers(0, 90 * 1440, N), unit='min'),
        'distance_km': rng.gamma(2, 4, N).round(2),
        'zone': rng.choice([f'{i:03d}' for i in range(1, 9)], N),
        'shared': rng.random(N) < .3,
    })
    f['minutes'] = (4 + 2.2 * f['distance_km'] + 3 * (f['zone'].astype(int) % 3) + 5 * f['shared'] + rng.normal(0, 2.5, N)).clip(1).round(1)
    for part, rows in (('trips', f.iloc[:TRAIN]), ('trips-test', f.iloc[TRAIN:])):
        rows.to_csv(f'{part}.csv.gz', index=False, compression={'method': 'gzip', 'mtime': 1})
    f['start'] = (f['start'] - pd.Timestamp(0)) / pd.Timedelta(days=1)
    f['shared'] = f['shared'].astype(str)
    judge('trips.csv.gz', f, 'minutes', ['distance_km', 'start'], ['zone', 'shared'], numeric=True)


for make in (churn, rents, flowers, reviews, sensors, trips):
    make()
open('scores.json', 'w').write(json.dumps(scores, indent=2) + '\n')
