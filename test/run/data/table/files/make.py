"""Makes the small tables of this folder, and what pandas, NumPy and Keras make of them (expected.json).

    python make.py

Made with Python 3.11, pandas 3.0.6, NumPy 2.4.6, pyarrow 25.0.1, Keras 3.15.1 (TensorFlow 2.21.0).
"""
import json, os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
from decimal import Decimal
import keras, numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq

rng = np.random.default_rng(3)
n = 60
frame = pd.DataFrame({
    'age': rng.integers(18, 80, n).astype(float),
    'income': rng.normal(3000, 800, n).round(2),
    'city': rng.choice(['Paris', 'Berlin', 'Rome', 'Oslo'], n, p=[.4, .3, .2, .1]),
    'member': rng.choice(['yes', 'no'], n),
    'joined': pd.Timestamp('2020-02-25 00:00') + pd.to_timedelta(rng.integers(0, 900, n), unit='D'),
    'note': rng.choice(["Don't call again", 'Pays late, 3.14 percent', 'good customer', 'ÉTÉ good'], n),
})
frame['left'] = np.where(frame['age'] + rng.normal(0, 10, n) > 45, 'yes', 'no')
frame.loc[rng.random(n) < .15, 'age'] = np.nan
frame.loc[rng.random(n) < .15, 'income'] = np.nan
frame.loc[rng.random(n) < .1, 'city'] = None
frame.to_csv('members.csv', index=False, date_format='%d/%m/%Y')

# The same rows in other forms. Numbers, dates and yes or no are typed where a form has types.
typed = frame.assign(member=frame['member'] == 'yes', city=frame['city'].astype('category'))
schema = pa.schema([('age', pa.decimal128(5, 1)), ('income', pa.float64()), ('city', pa.dictionary(pa.int8(), pa.string())),
                    ('member', pa.bool_()), ('joined', pa.timestamp('us')), ('note', pa.string()), ('left', pa.string())])
parquet = pa.Table.from_pandas(typed.assign(age=frame['age'].map(lambda v: None if np.isnan(v) else Decimal(str(v)))), schema, preserve_index=False)
pq.write_table(parquet, 'members.parquet', compression='zstd')
os.makedirs('parts', exist_ok=True)
pq.write_table(parquet.slice(0, 25), 'parts/1.parquet', compression='gzip')
pq.write_table(parquet.slice(25), 'parts/2.parquet', row_group_size=10)
typed.assign(joined=frame['joined'].dt.strftime('%Y-%m-%d')).to_json('members.jsonl', orient='records', lines=True, force_ascii=False)
typed.assign(joined=frame['joined'].dt.strftime('%Y-%m-%d')).to_json('members.jsonl.gz', orient='records', lines=True)
frame.to_csv('members.tsv', index=False, sep='\t', date_format='%d/%m/%Y', encoding='utf-8-sig')
frame.to_csv('members-comma.csv', index=False, sep=';', decimal=',', date_format='%d.%m.%Y', lineterminator='\r\n', na_rep='NA')
frame.to_csv('members-packed.csv.gz', index=False, date_format='%Y-%m-%dT%H:%M:%S', compression={'method': 'gzip', 'mtime': 1})

# Identifiers beyond 2^53, of which float64 makes one number; `big` leaves gaps in the counting, and misses a value.
at = np.arange(20)
ids = pd.DataFrame({'id': 2 ** 60 + at, 'big': pd.array(-2 ** 60 - 3 * at, 'Int64'), 'x': at % 4, 'left': np.where(at % 4 > 1, 'yes', 'no')})
ids.loc[7, 'big'] = pd.NA
ids.to_parquet('ids.parquet', index=False)
ids.to_json('ids.jsonl', orient='records', lines=True)
ids[['id', 'big']].astype('string').fillna('').to_json('ids.json', orient='values')

at = 48  # validation_split 0.2: the first rows train
train = frame.iloc[:at]

def standardized(column):
    part = column.iloc[:at].to_numpy(float)
    return ((column.to_numpy(float) - part.mean()) / part.std()).tolist()

days = (frame['joined'] - pd.Timestamp('1970-01-01')) / pd.Timedelta(days=1)
lookup = keras.layers.StringLookup(output_mode='one_hot')
lookup.adapt(train['city'].dropna().to_list())
cities = lookup(frame['city'].fillna('[UNK]').to_list())
words = keras.layers.TextVectorization(output_mode='multi_hot')
words.adapt(train['note'].to_list())
expected = {
    'age median': standardized(frame['age'].fillna(train['age'].median())),
    'age mean': standardized(frame['age'].fillna(train['age'].mean())),
    'age mostFrequent': standardized(frame['age'].fillna(train['age'].mode().iloc[0])),
    'age missing': frame['age'].isna().astype(int).tolist(),
    'income mean': standardized(frame['income'].fillna(train['income'].mean())),
    'city vocabulary': lookup.get_vocabulary(),
    'city': np.asarray(cities).tolist(),
    'member': (frame['member'] == 'yes').astype(int).tolist(),
    'joined days': days.tolist(),
    'joined year': frame['joined'].dt.year.tolist(),
    'joined month': frame['joined'].dt.month.tolist(),
    'joined day': frame['joined'].dt.day.tolist(),
    'joined weekday': frame['joined'].dt.weekday.tolist(),
    'note vocabulary': words.get_vocabulary(),
    'note': np.asarray(words(frame['note'].to_list())).tolist(),
    'left': (frame['left'] == 'yes').astype(int).tolist(),
    'rows without a gap': frame[['age', 'income', 'city']].dropna().index.tolist(),
}
json.dump(expected, open('expected.json', 'w'), indent=1)
