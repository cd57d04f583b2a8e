"""ViT (Dosovitskiy et al. 2021), CLIP's vision half (Radford et al. 2021) and, on it, LLaVA (Liu et al.
2023).
"""

import numpy as np
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModel,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

from equations import reals
from huggingface import case, ids

SIZES = dict(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, image_size=12,
             patch_size=4)
PATCHES, IMAGE = 9, 52


def cases():
    image = {"pixel_values": reals("vision", (2, 3, 12, 12))}
    outputs = ("last_hidden_state", "pooler_output")
    yield case("vit", ViTModel, ViTConfig(**SIZES), image, outputs, ("embeddings",))
    yield case("vit-classification", ViTForImageClassification, ViTConfig(**SIZES, num_labels=5), image,
               notes=["the head reads the class token of the normalized last layer; there is no pooler"])
    yield case("clip-vision", CLIPVisionModel, CLIPVisionConfig(**SIZES), image, outputs, ("pre_layrnorm",),
               notes=["quick_gelu is x sigmoid(1.702 x)", "pooler_output is the normalized class token"],
               prefix=("", "vision_model."))
    yield llava(image)


def llava(image: dict):
    """One image in each row: its nine patches take the places of nine tokens."""
    text = LlamaConfig(vocab_size=53, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
                       num_attention_heads=4, num_key_value_heads=2)
    seen = CLIPVisionConfig(**SIZES | dict(num_hidden_layers=3, hidden_size=16, intermediate_size=28))
    config = LlavaConfig(vision_config=seen, text_config=text, image_token_index=IMAGE,
                         image_seq_length=PATCHES)
    tokens = ids("llava", (2, 15), IMAGE)
    for row, at in enumerate((2, 4)):
        tokens[row, at : at + PATCHES] = IMAGE
    return case(
        "llava",
        LlavaForConditionalGeneration,
        config,
        {"input_ids": np.ascontiguousarray(tokens)} | image,
        steps=("model.multi_modal_projector",),
        prefix=("vision_tower.", "vision_tower.vision_model."),
        notes=["the projector reads the tower's last layer but one, unnormalized and without class token"],
    )
