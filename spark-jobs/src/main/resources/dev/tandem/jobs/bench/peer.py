"""The peers of "tandem bench" that are Python libraries.

Speaks one JSON object a line. The first line in says which peer and how; the first line out is
{"ready": {name: version}} or {"unavailable": reason}. Then each {"do": "measure"}, for a graph also
{"do": "build"}, is answered by {"seconds": ...}, and {"do": "check"} by what the same work gives, so that both sides can be compared.
Ends with its input.
"""

import json
import os
import platform
import re
import sys
import time

# What libraries print must not mix with the answers.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


class Unavailable(Exception):
    pass


def say(answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def needs(name):
    try:
        return __import__(name)
    except ImportError as e:
        raise Unavailable("%s cannot import %s (%s)" % (sys.executable, name, e))


def blas():
    """The libraries for matrix products that are loaded, where the system tells."""
    found = set()
    try:
        with open("/proc/self/maps") as maps:
            for line in maps:
                match = re.search(r"/lib(mkl_rt|mkl_core|openblas|blis|atlas|blas)\b[^/]*$", line)
                if match:
                    # With Debian's alternatives the directory tells which one it is.
                    found.add("/".join(line.split()[-1].split("/")[-2:]))
    except OSError:
        pass
    return ", ".join(sorted(found))


class Training:
    """A step of contrastive training of a BERT encoder: loss, gradient, clipping, AdamW, queue."""

    def __init__(self, s):
        torch = needs("torch")
        torch.set_num_threads(s["threads"])
        torch.manual_seed(1)
        self.torch = torch
        self.s = s
        self.model, kind = self.encoder()
        self.model.train()
        self.optimizer, fused = self.adamw()
        self.queries = self.padded([s["queryLength"]] * s["pairs"])
        self.passages = [self.padded(lengths) for lengths in s["passageLengths"]]
        self.step = 0
        self.queue = self.unit(torch.randn(max(1, s["queue"]), s["hidden"]))
        self.next = 0
        config = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
        self.versions = {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "encoder": kind,
            "optimizer": "AdamW" + (", fused" if fused else ""),
            "blas": config.group(1) if config else blas(),
        }

    def encoder(self):
        s = self.s
        try:
            import transformers

            config = transformers.BertConfig(
                vocab_size=s["vocabulary"],
                hidden_size=s["hidden"],
                num_hidden_layers=s["layers"],
                num_attention_heads=s["heads"],
                intermediate_size=s["intermediate"],
                max_position_embeddings=s["positions"],
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
            )
            model = transformers.BertModel(config, add_pooling_layer=False)
            self.tokens = lambda ids, mask: model(
                input_ids=ids, attention_mask=mask
            ).last_hidden_state
            return model, "transformers %s BertModel" % transformers.__version__
        except ImportError:
            model = bert(self.torch, s)
            self.tokens = model
            return model, "BERT of torch modules"

    def adamw(self):
        adamw = self.torch.optim.AdamW
        parameters = list(self.model.parameters())
        try:
            return adamw(parameters, lr=2e-5, weight_decay=0.01, fused=True), True
        except (TypeError, RuntimeError, ValueError):  # an older torch, or none for this processor
            return adamw(parameters, lr=2e-5, weight_decay=0.01), False

    def unit(self, rows):
        return self.torch.nn.functional.normalize(rows, dim=1)

    def padded(self, lengths):
        """Texts of random tokens, padded to the longest; the mask is None where none is shorter."""
        ids = self.torch.randint(0, self.s["vocabulary"], (len(lengths), max(lengths)))
        mask = self.torch.arange(max(lengths)) < self.torch.tensor(lengths)[:, None]
        return ids, None if mask.all() else mask.long()

    def embed(self, text):
        ids, mask = text
        tokens = self.tokens(ids, mask)
        if mask is None:
            return self.unit(tokens.mean(dim=1))
        weights = mask[:, :, None].to(tokens.dtype)
        return self.unit((tokens * weights).sum(dim=1) / weights.sum(dim=1))

    def measure(self):
        torch, s = self.torch, self.s
        start = time.perf_counter()
        self.optimizer.zero_grad(set_to_none=True)
        queries = self.embed(self.queries)
        passages = self.embed(self.passages[self.step % len(self.passages)])
        self.step += 1
        candidates = torch.cat([passages, self.queue]) if s["queue"] else passages
        scores = queries @ candidates.T / s["temperature"]
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(s["pairs"]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        if s["queue"]:
            places = (self.next + torch.arange(s["pairs"])) % s["queue"]
            self.queue[places] = passages.detach()
            self.next = int(places[-1]) + 1
        value = loss.item()
        seconds = time.perf_counter() - start
        if value != value:
            raise RuntimeError("the loss is not a number")
        return seconds


def bert(torch, s):
    """The encoder that transformers' BertModel is, for where there is no transformers."""
    nn, functional = torch.nn, torch.nn.functional
    attend = getattr(functional, "scaled_dot_product_attention", None)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv = nn.Linear(s["hidden"], 3 * s["hidden"])
            self.out = nn.Linear(s["hidden"], s["hidden"])
            self.norm1 = nn.LayerNorm(s["hidden"], eps=1e-12)
            self.up = nn.Linear(s["hidden"], s["intermediate"])
            self.down = nn.Linear(s["intermediate"], s["hidden"])
            self.norm2 = nn.LayerNorm(s["hidden"], eps=1e-12)

        def forward(self, x, mask):
            b, n, h = x.shape
            q, k, v = self.qkv(x).view(b, n, 3, s["heads"], -1).permute(2, 0, 3, 1, 4)
            if attend:
                context = attend(q, k, v, attn_mask=mask)
            else:
                scores = q @ k.transpose(-1, -2) / (q.shape[-1] ** 0.5)
                if mask is not None:
                    scores = scores.masked_fill(~mask, float("-inf"))
                context = functional.softmax(scores, dim=-1) @ v
            x = self.norm1(x + self.out(context.transpose(1, 2).reshape(b, n, h)))
            return self.norm2(x + self.down(functional.gelu(self.up(x))))

    class Bert(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(s["vocabulary"], s["hidden"])
            self.positions = nn.Embedding(s["positions"], s["hidden"])
            self.types = nn.Embedding(2, s["hidden"])
            self.norm = nn.LayerNorm(s["hidden"], eps=1e-12)
            self.blocks = nn.ModuleList([Block() for _ in range(s["layers"])])
            for p in self.parameters():
                if p.dim() > 1:
                    nn.init.normal_(p, std=0.02)

        def forward(self, ids, mask):
            if mask is not None:
                mask = mask.bool()[:, None, None, :]
            places = torch.arange(ids.shape[1])
            x = self.words(ids) + self.positions(places) + self.types(torch.zeros_like(ids))
            x = self.norm(x)
            for block in self.blocks:
                x = block(x, mask)
            return x

    return Bert()


class Search:
    """Exact search with inner products in faiss."""

    def __init__(self, s):
        numpy = needs("numpy")
        faiss = needs("faiss")
        faiss.omp_set_num_threads(s["threads"])
        self.k = s["depth"]
        vectors = numpy.fromfile(s["vectors"], dtype="<f4").reshape(-1, s["dimension"])
        self.queries = numpy.fromfile(s["queries"], dtype="<f4").reshape(-1, s["dimension"])
        self.index = faiss.IndexFlatIP(s["dimension"])
        self.index.add(vectors)
        self.versions = {
            "python": platform.python_version(),
            "faiss": getattr(faiss, "__version__", "unknown"),
            "blas": blas(),
        }

    def measure(self):
        start = time.perf_counter()
        self.index.search(self.queries, self.k)
        return time.perf_counter() - start

    def check(self):
        return {"rows": self.index.search(self.queries[:20], min(10, self.k))[1].tolist()}


class Graph:
    """A graph of faiss, and single queries in it."""

    def __init__(self, s):
        numpy = needs("numpy")
        faiss = needs("faiss")
        faiss.omp_set_num_threads(s["threads"])
        self.faiss = faiss
        self.s = s
        self.vectors = numpy.fromfile(s["vectors"], dtype="<f4").reshape(-1, s["dimension"])
        self.queries = numpy.fromfile(s["queries"], dtype="<f4").reshape(-1, s["dimension"])
        self.index = None
        self.versions = {
            "python": platform.python_version(),
            "faiss": getattr(faiss, "__version__", "unknown"),
            "instructions": self.instructions(),
        }

    def instructions(self):
        try:
            return self.faiss.get_compile_options().strip()
        except AttributeError:
            return ""

    def build(self):
        s, faiss = self.s, self.faiss
        start = time.perf_counter()
        index = faiss.IndexHNSWFlat(s["dimension"], s["connections"], faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = s["construction"]
        index.hnsw.efSearch = s["search"]
        index.add(self.vectors)
        seconds = time.perf_counter() - start
        self.index = index
        return seconds

    def measure(self):
        start = time.perf_counter()
        for i in range(len(self.queries)):
            self.index.search(self.queries[i : i + 1], self.s["depth"])
        return time.perf_counter() - start

    def check(self):
        return {"rows": self.index.search(self.queries, self.s["depth"])[1].tolist()}


class Tokenization:
    """The tokenizers package on one thread."""

    def __init__(self, s):
        tokenizers = needs("tokenizers")
        self.tokenizer = tokenizers.Tokenizer.from_file(s["tokenizer"])
        self.tokenizer.enable_truncation(s["length"])
        self.tokenizer.no_padding()
        with open(s["texts"], encoding="utf-8") as texts:
            self.texts = json.load(texts)
        self.versions = {
            "python": platform.python_version(),
            "tokenizers": tokenizers.__version__,
        }

    def measure(self):
        start = time.perf_counter()
        for encoding in self.tokenizer.encode_batch(self.texts):
            encoding.ids
        return time.perf_counter() - start

    def check(self):
        return {"ids": [e.ids for e in self.tokenizer.encode_batch(self.texts[:20])]}


PEERS = {"training": Training, "search": Search, "graph": Graph, "tokenization": Tokenization}


def main():
    settings = json.loads(sys.stdin.readline())
    try:
        peer = PEERS[settings["peer"]](settings)
    except Unavailable as e:
        say({"unavailable": str(e)})
        return
    say({"ready": peer.versions})
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "check":
            say(peer.check())
        else:
            say({"seconds": getattr(peer, request["do"])()})


main()
