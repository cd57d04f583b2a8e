"""BERT (Devlin et al. 2019): post-norm, learned positions and segments, a pooler and task heads."""

from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification, BertModel

from huggingface import case, ids, padded

SIZES = dict(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=3,
             num_attention_heads=4, max_position_embeddings=16)
NOTES = ["hidden states of padded positions are numbers too, but nobody reads them"]


def cases():
    inputs = {
        "input_ids": ids("bert", (2, 11), 53),
        "token_type_ids": ids("bert.types", (2, 11), 2),
        "attention_mask": padded([11, 7], 11),
    }
    yield case(
        "bert",
        BertModel,
        BertConfig(**SIZES),
        inputs,
        outputs=("last_hidden_state", "pooler_output"),
        steps=("embeddings", "encoder.layer.0.attention.self", "encoder.layer.0"),
        notes=NOTES,
    )
    yield case("bert-masked-lm", BertForMaskedLM, BertConfig(**SIZES), inputs, notes=NOTES)
    config = BertConfig(**SIZES, num_labels=3)
    yield case("bert-classification", BertForSequenceClassification, config, inputs)
